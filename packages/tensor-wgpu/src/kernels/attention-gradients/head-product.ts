import { gemmFamily } from '../../gemm/gemm.ts';
import type { Tensor } from '../../tensor.ts';
import wgsl from './head-product.wgsl';

const multiply = /* @__PURE__ */ gemmFamily({
  name: 'head-product',
  wgsl,
  reads: ['x', 'w'],
  bare: true,
  params: {
    heads: 'u32',
    first: 'u32',
    x_start: 'u32',
    x_outer: 'u32',
    x_inner: 'u32',
    x_stride: 'u32',
    w_start: 'u32',
    w_outer: 'u32',
    w_inner: 'u32',
    w_stride: 'u32',
    y_start: 'u32',
    y_outer: 'u32',
    y_inner: 'u32',
    y_stride: 'u32',
  },
});

/** A matrix for each head of each batch, in a tensor that may hold other data between them. */
export interface HeadMatrices {
  readonly tensor: Tensor;
  /** Rows and columns of one matrix, as it is stored. */
  readonly shape: readonly [rows: number, cols: number];
  /** Elements before the first matrix, and from one batch, head and row to the next. */
  readonly start: number;
  readonly outer: number;
  readonly inner: number;
  readonly stride: number;
  /** Rows end in columns that belong to no other matrix. */
  readonly padded?: boolean;
}

/** Heads side by side: those of `tensor` [B, N, stride] from column `start` on. */
export function sideBySide(tensor: Tensor, start: number, headDim: number): HeadMatrices {
  const [, rows, stride] = tensor.shape;
  return { tensor, shape: [rows, headDim], start, outer: rows * stride, inner: headDim, stride };
}

/**
 * Heads one after the other: the first `cols` columns of `tensor` [B, heads, N, stride], a multiple of four. The
 * remaining columns are read as part of a row, so they must be zero where the product sums over columns;
 * they are written, too.
 */
export function stacked(tensor: Tensor, cols: number): HeadMatrices {
  const [, heads, rows, stride] = tensor.shape;
  const inner = rows * stride;
  return { tensor, shape: [rows, cols], start: 0, outer: heads * inner, inner, stride, padded: true };
}

interface ProductOptions {
  readonly heads: number;
  readonly transposeX?: boolean;
  readonly transposeW?: boolean;
  readonly alpha?: number;
}

/** y = alpha * x w for each head of each batch, written into y's tensor. */
export function headProduct(
  x: HeadMatrices,
  w: HeadMatrices,
  y: HeadMatrices,
  { heads, transposeX = false, transposeW = false, alpha = 1 }: ProductOptions,
): void {
  const [rows, cols] = y.shape;
  const channels = transposeX ? x.shape[0] : x.shape[1];
  const batches = y.tensor.dim(0) * heads;
  const operands = { x, w, y };
  multiply({
    variant: {
      vec4: { x: inQuads(x), w: inQuads(w), y: inQuads(y), bias: false, gamma: false, residual: false },
      dtypes: {},
    },
    operands: { x: x.tensor, w: w.tensor },
    after: {},
    y: y.tensor,
    params: {
      rows,
      cols,
      taps: 1,
      channels,
      batches,
      alpha,
      a: 0,
      b: 0,
      heads,
      first: 0,
      x_start: x.start,
      x_outer: x.outer,
      x_inner: x.inner,
      x_stride: x.stride,
      w_start: w.start,
      w_outer: w.outer,
      w_inner: w.inner,
      w_stride: w.stride,
      y_start: y.start,
      y_outer: y.outer,
      y_inner: y.inner,
      y_stride: y.stride,
    },
    ...ranges(operands, heads, {
      TRANSPOSE_A: Number(transposeX),
      TRANSPOSE_B: Number(transposeW),
      WHOLE_QUADS: Number(channels % 4 === 0),
    }),
  });
}

/** Every row of every matrix begins and ends at a multiple of four elements. */
function inQuads({ shape, start, outer, inner, stride, padded = false }: HeadMatrices): boolean {
  const lengths = [padded ? 0 : shape[1], start, outer, inner, stride];
  return lengths.every((length) => length % 4 === 0);
}

/**
 * Way to split the product: by batches, or, where the matrices of one batch exceed a binding, by heads; then tensors
 * whose heads lie side by side are bound whole.
 */
function ranges(
  operands: Readonly<Record<'x' | 'w' | 'y', HeadMatrices>>,
  heads: number,
  constants: Readonly<Record<string, number>>,
) {
  const all = Object.entries(operands) as ['x' | 'w' | 'y', HeadMatrices][];
  const most = operands.y.tensor.device.info.limits.maxStorageBufferBindingSize;
  const byBatch = all.every(([, { outer }]) => 4 * outer <= most);
  const isWhole = ({ outer, inner }: HeadMatrices): boolean => !byBatch && outer !== heads * inner;
  const per = Object.fromEntries(
    all.filter(([, matrices]) => !isWhole(matrices)).map(([id, { outer }]) => [id, outer / heads]),
  );
  const whole = Object.fromEntries(
    all.map(([id, matrices]) => [`WHOLE_${id.toUpperCase()}`, Number(isWhole(matrices))]),
  );
  return {
    constants: { ...constants, ...whole },
    slice: byBatch
      ? ({ param: 'batches', multiple: heads, per } as const)
      : ({ param: 'batches', start: 'first', per } as const),
  };
}
