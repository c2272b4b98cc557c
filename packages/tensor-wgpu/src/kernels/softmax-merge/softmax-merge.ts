import { defineKernel } from '../../kernel.ts';
import { recordAll } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { softmaxMergeGradients } from '../softmax-merge-gradients/softmax-merge-gradients.ts';
import wgsl from './softmax-merge.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'softmax-merge',
  wgsl: [wgsl],
  reads: ['a', 'a_statistics', 'b', 'b_statistics'],
  writes: ['y', 'y_statistics'],
  params: { batch: 'u32', rows: 'u32', cols: 'u32' },
  invocations: ({ batch, rows, cols }) => batch * rows * cols,
});

/** Result of one part of an axis under its own softmax. */
export interface SoftmaxPart {
  /** [B, T, C]: the part's values, weighted; weights sum to 1. */
  readonly mean: Tensor;
  /** [B, 2, T], from softmaxColumns. */
  readonly statistics: Tensor;
}

/**
 * Merges two parts of an axis as if one softmax had run over both, so that not all scores need to exist at once.
 * https://arxiv.org/abs/1805.02867
 *
 * @returns  the same for both together
 * @throws ShapeError if the shapes do not fit
 */
export function mergeSoftmax(a: SoftmaxPart, b: SoftmaxPart): SoftmaxPart {
  expectRank('mergeSoftmax', 'a.mean', a.mean, 3);
  const [batch, rows, cols] = a.mean.shape;
  expectShape('mergeSoftmax', { 'b.mean': b.mean }, a.mean.shape);
  const both = { 'a.statistics': a.statistics, 'b.statistics': b.statistics };
  expectShape('mergeSoftmax', both, [batch, 2, rows]);
  const y = a.mean.device.empty(a.mean.shape);
  const statistics = a.mean.device.empty([batch, 2, rows]);
  const [image, pair] = [rows * cols, 2 * rows];
  kernel.dispatch(
    {
      a: a.mean,
      a_statistics: a.statistics,
      b: b.mean,
      b_statistics: b.statistics,
      y,
      y_statistics: statistics,
    },
    { batch, rows, cols },
    {
      slice: {
        param: 'batch',
        per: { a: image, b: image, y: image, a_statistics: pair, b_statistics: pair, y_statistics: pair },
      },
    },
  );
  const inputs = [a.mean, a.statistics, b.mean, b.statistics];
  recordAll([y, statistics], inputs, [statistics], ([dy, dstatistics]) => {
    const parts = { a: a.mean, b: b.mean, aStatistics: a.statistics, bStatistics: b.statistics };
    const { da, daStatistics, db, dbStatistics } = softmaxMergeGradients(parts, { dy, dstatistics });
    return [da, daStatistics, db, dbStatistics];
  });
  return { mean: y, statistics };
}
