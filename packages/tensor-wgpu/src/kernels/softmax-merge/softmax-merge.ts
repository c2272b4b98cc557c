import { defineKernel } from '../../kernel.ts';
import { isTracked } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { concat, slice } from '../copy-axis/copy-axis.ts';
import { add, affine, clamp, div, exp, maximum, mul, relu, sub } from '../elementwise/elementwise.ts';
import { reshape } from '../reshape.ts';
import wgsl from './softmax-merge.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'softmax-merge',
  wgsl: [wgsl],
  reads: ['a', 'a_statistics', 'b', 'b_statistics'],
  writes: ['y', 'y_statistics'],
  params: { batch: 'u32', rows: 'u32', cols: 'u32' },
  invocations: ({ batch, rows, cols }) => batch * rows * cols,
});

const LOWEST = -3e38; // no bound

/** What a part of an axis gave under its own softmax. */
export interface SoftmaxPart {
  /** [B, T, C]: the part's values, weighted; weights sum to 1. */
  readonly mean: Tensor;
  /** [B, 2, T], from softmaxColumns. */
  readonly statistics: Tensor;
}

/**
 * Joins two parts of an axis as if one softmax had run over both, so that scores need not exist for all of it at once.
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
  if (isTracked(a.mean, a.statistics, b.mean, b.statistics)) return unfused(a, b);
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
  return { mean: y, statistics };
}

function unfused(a: SoftmaxPart, b: SoftmaxPart): SoftmaxPart {
  const [batch, rows] = a.mean.shape;
  const row = ({ statistics }: SoftmaxPart, i: number): Tensor => slice(statistics, 1, i, 1); // [B, 1, T]
  const most = maximum(row(a, 0), row(b, 0));
  // How far each maximum is below the higher one. Exactly one of the two has a slope, at equal maxima too.
  const apart = sub(row(a, 0), row(b, 0));
  const ofA = mul(row(a, 1), exp(clamp(apart, LOWEST, 0)));
  const ofB = mul(row(b, 1), exp(affine(relu(apart), -1, 0)));
  const total = add(ofA, ofB);
  const share = (of: Tensor): Tensor => reshape(div(of, total), [batch, rows, 1]);
  return {
    mean: add(mul(a.mean, share(ofA)), mul(b.mean, share(ofB))),
    statistics: concat([most, total], 1),
  };
}
