import { coreOf } from '../../device/device.ts';
import { defineKernel } from '../../kernel.ts';
import { defineRowKernel } from '../../row-kernel.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { quadReader, quadWriter } from '../../wgsl/quads.ts';
import meansWgsl from './merge-means.wgsl';
import statisticsWgsl from './merge-statistics.wgsl';

const NAME = 'softmax-merge-gradients';
const SIZES = { batch: 'u32', rows: 'u32', cols: 'u32' } as const;
const statisticsKernel = /* @__PURE__ */ defineRowKernel({
  name: NAME,
  variant: 'softmax-merge-gradients statistics',
  wgsl: statisticsWgsl,
  reads: ['a', 'a_statistics', 'b', 'b_statistics', 'dy', 'dstatistics'],
  writes: ['da_statistics', 'db_statistics'],
  quads: { reads: ['a', 'b', 'dy'], writes: [] },
  params: SIZES,
  rows: ({ batch, rows }) => batch * rows,
  flops: ({ batch, rows, cols }) => 3 * batch * rows * cols,
});

const defineMeans = (vec4: boolean) =>
  defineKernel({
    name: NAME,
    variant: `${NAME} means ${vec4 ? 'vec4' : 'f32'}`,
    wgsl: [quadReader('dy', vec4), quadWriter('da', vec4), quadWriter('db', vec4), meansWgsl],
    reads: ['a_statistics', 'b_statistics', 'dy'],
    writes: ['da', 'db'],
    params: SIZES,
    invocations: ({ batch, rows, cols }) => batch * rows * Math.ceil(cols / 4),
    flops: ({ batch, rows, cols }) => 2 * batch * rows * cols,
  });
const scalars = /* @__PURE__ */ defineMeans(false);
const quads = /* @__PURE__ */ defineMeans(true);

interface Parts {
  /** [B, T, C] */
  readonly a: Tensor;
  readonly b: Tensor;
  /** [B, 2, T] */
  readonly aStatistics: Tensor;
  readonly bStatistics: Tensor;
}

/** Gradients of the merged part; one is left out if the loss does not depend on it. */
interface Slopes {
  /** [B, T, C] */
  readonly dy: Tensor | undefined;
  /** [B, 2, T] */
  readonly dstatistics: Tensor | undefined;
}

/**
 * The gradients of `mergeSoftmax`.
 *
 * @returns  of both means [B, T, C], null where dy was left out, and of both statistics [B, 2, T]
 * @throws ShapeError if the shapes do not fit
 */
export function softmaxMergeGradients(
  { a, b, aStatistics, bStatistics }: Parts,
  { dy, dstatistics }: Slopes,
) {
  expectRank(NAME, 'a', a, 3);
  const [batch, rows, cols] = a.shape;
  expectShape(NAME, { b, ...(dy ? { dy } : {}) }, a.shape);
  const statistics = { aStatistics, bStatistics, ...(dstatistics ? { dstatistics } : {}) };
  expectShape(NAME, statistics, [batch, 2, rows]);
  const { device } = a;
  const nothing = coreOf(device).placeholder;
  const sizes = { batch, rows, cols };
  const [image, pair] = [rows * cols, 2 * rows];
  const own = { a_statistics: aStatistics, b_statistics: bStatistics };
  const [daStatistics, dbStatistics] = [device.empty([batch, 2, rows]), device.empty([batch, 2, rows])];
  statisticsKernel(device, cols).dispatch(
    {
      ...own,
      a,
      b,
      dy: dy ?? nothing,
      dstatistics: dstatistics ?? nothing,
      da_statistics: daStatistics,
      db_statistics: dbStatistics,
    },
    sizes,
    {
      constants: { HAS_MEAN: Number(!!dy), HAS_STATISTICS: Number(!!dstatistics) },
      slice: {
        param: 'batch',
        per: {
          a: image,
          b: image,
          a_statistics: pair,
          b_statistics: pair,
          da_statistics: pair,
          db_statistics: pair,
          ...(dy ? { dy: image } : {}),
          ...(dstatistics ? { dstatistics: pair } : {}),
        },
      },
    },
  );
  if (!dy) return { da: null, db: null, daStatistics, dbStatistics };
  const [da, db] = [device.empty(a.shape), device.empty(a.shape)];
  (cols % 4 === 0 ? quads : scalars).dispatch({ ...own, dy, da, db }, sizes, {
    slice: {
      param: 'batch',
      per: { dy: image, da: image, db: image, a_statistics: pair, b_statistics: pair },
    },
  });
  return { da, db, daStatistics, dbStatistics };
}
