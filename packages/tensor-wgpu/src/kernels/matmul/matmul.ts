import { ShapeError } from '../../errors.ts';
import { type Activation, expectBounds } from '../../gemm/epilogue.ts';
import { gemmFamily } from '../../gemm/gemm.ts';
import { firstScale } from '../../q8.ts';
import { scope } from '../../scope.ts';
import { isTracked, record } from '../../tape.ts';
import { expectShape, type Shape, sizeOf, type Tensor } from '../../tensor.ts';
import { activationInput, slopeFollows } from '../activation-input/activation-input.ts';
import { slice } from '../copy-axis/copy-axis.ts';
import { dequantized } from '../dequantize/dequantize.ts';
import { applyUnary } from '../elementwise/apply.ts';
import { add, mul } from '../elementwise/elementwise.ts';
import { sumTo } from '../reduce/reduce.ts';
import { reshape } from '../reshape.ts';
import wgsl from './matmul.wgsl';

const multiply = /* @__PURE__ */ gemmFamily({
  name: 'matmul',
  wgsl,
  reads: ['x', 'w'],
  params: {
    inner: 'u32',
    x_outer: 'u32',
    x_inner: 'u32',
    w_outer: 'u32',
    w_inner: 'u32',
    bias_outer: 'u32',
    bias_inner: 'u32',
    w_scales: 'u32',
    w_first: 'u32',
  },
});

const RANGE_UNIT = 64; // rows that begin where a binding may

export interface MatmulOptions {
  /** a is [..., K, M]. */
  readonly transposeA?: boolean;
  /** b is [..., N, K]. */
  readonly transposeB?: boolean;
  /** Factor of the product, before bias and activation. */
  readonly alpha?: number;
  /** [..., N]: added to each row; its other axes are b's, or 1, or left out. */
  readonly bias?: Tensor;
  readonly activation?: Activation;
  /** Bounds of the activation 'clamp', which needs them. Its gradient is 0 at a bound. */
  readonly bounds?: readonly [lower: number, upper: number];
  /** [N]: factor of each column, after the activation. */
  readonly gamma?: Tensor;
  /** Shaped as the result; added last. */
  readonly residual?: Tensor;
}

/**
 * gamma * activation(alpha * a b + bias) + residual, over the last two axes. Up to two leading axes are batches, and are
 * broadcast where one operand lacks them or has length 1.
 *
 * @param a  [..., M, K], f32 or f16; q8 is dequantized first
 * @param b  [..., K, N], f32, f16 or q8
 * @returns  [..., M, N]
 * @throws ShapeError if the shapes do not fit, or for the activation 'clamp' without bounds
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA, transposeB, alpha, bias, residual, activation = 'identity', gamma, bounds } = options;
  if (activation === 'clamp') expectBounds('matmul', bounds);
  if (a.dtype === 'q8') return scope(() => matmul(dequantized(a), b, options));
  const isActivated = activation !== 'identity';
  if (sumExceedsBinding(a, b, options)) return sumOfRanges(a, b, options);
  const keepsMore = gamma !== undefined || !slopeFollows(activation) || (isActivated && residual);
  if (keepsMore && isTracked(a, b, bias, gamma, residual)) {
    return unfused(matmul(a, b, { transposeA, transposeB, alpha, bias }), options);
  }
  const y = product(a, b, options);
  const inputs = [a, b, bias, residual].filter((input) => input !== undefined);
  return record(y, inputs, [], (dy, wanted) => {
    const dz = isActivated ? activationInput(y, dy, { activation, bounds }) : dy;
    return [
      ...gradients(a, b, options, dz, wanted),
      ...(bias ? [wanted[2] ? biasGradient(bias, dz) : null] : []),
      ...(residual ? [dz] : []),
    ];
  });
}

/** The epilogue from its activation on as separate operations, for a backward pass that needs the intermediates. */
function unfused(linear: Tensor, options: MatmulOptions): Tensor {
  const { activation = 'identity', bounds = [0, 0], gamma, residual } = options;
  let y = activation === 'identity' ? linear : applyUnary(activation, linear, ...bounds);
  if (gamma) y = mul(y, gamma);
  return residual ? add(y, residual) : y;
}

/** True if an operand that cutting rows or batches leaves whole is too large to bind. */
function sumExceedsBinding(a: Tensor, b: Tensor, { transposeA = false }: MatmulOptions): boolean {
  const most = a.device.info.limits.maxStorageBufferBindingSize;
  const isMatrix = (x: Tensor): boolean => x.shape.length === 2 && x.dtype === 'f32';
  return isMatrix(a) && isMatrix(b) && (b.bytes > most || (transposeA && a.bytes > most));
}

/** The product as a sum of products over ranges of the inner axis, which are copied. */
function sumOfRanges(a: Tensor, b: Tensor, options: MatmulOptions): Tensor {
  const { transposeA = false, transposeB = false, alpha, bias } = options;
  const most = a.device.info.limits.maxStorageBufferBindingSize;
  const [axisOfA, axisOfB] = [transposeA ? 0 : 1, transposeB ? 1 : 0];
  const channels = a.dim(axisOfA);
  const ranges = Math.ceil(Math.max(a.bytes, b.bytes) / most);
  const length = Math.floor(channels / ranges / RANGE_UNIT) * RANGE_UNIT;
  if (b.dim(axisOfB) !== channels || length === 0) return product(a, b, options); // which names what does not fit
  const add = (sum: Tensor | undefined, start: number): Tensor =>
    scope(() => {
      const own = Math.min(length, channels - start);
      return matmul(slice(a, axisOfA, start, own), slice(b, axisOfB, start, own), {
        transposeA,
        transposeB,
        alpha,
        ...(sum ? { residual: sum } : { bias }),
      });
    });
  return scope(() => {
    let sum = add(undefined, 0);
    for (let start = length; start < channels; start += length) {
      const longer = add(sum, start);
      if (!isTracked(sum)) sum.dispose();
      sum = longer;
    }
    return unfused(sum, options);
  });
}

function biasGradient(bias: Tensor, dy: Tensor): Tensor {
  const perRow = [...bias.shape.slice(0, -1), 1, bias.dim(-1)];
  return reshape(sumTo(dy, perRow), bias.shape);
}

function gradients(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false, alpha = 1 }: MatmulOptions,
  dy: Tensor,
  [toA, toB]: readonly boolean[],
): (Tensor | null)[] {
  const da = (): Tensor =>
    transposeA
      ? matmul(b, dy, { transposeA: transposeB, transposeB: true, alpha })
      : matmul(dy, b, { transposeB: !transposeB, alpha });
  const shared = b.shape.length === 2 && !transposeA; // then all rows of a are one matrix
  const flat = (x: Tensor): Tensor => (shared ? reshape(x, [x.size / x.dim(-1), x.dim(-1)]) : x);
  const db = (): Tensor =>
    transposeB
      ? matmul(flat(dy), flat(a), { transposeA: true, transposeB: transposeA, alpha })
      : matmul(flat(a), flat(dy), { transposeA: !transposeA, alpha });
  return [toA ? sumTo(da(), a.shape) : null, toB ? sumTo(db(), b.shape) : null];
}

function product(a: Tensor, b: Tensor, options: MatmulOptions): Tensor {
  const { transposeA = false, transposeB = false, alpha = 1, activation = 'identity' } = options;
  const { bias, gamma, residual, bounds = [0, 0] } = options;
  const misfit = (why: string): never => {
    throw new ShapeError(`matmul: ${why}: a [${a.shape}], b [${b.shape}]`);
  };
  if (a.shape.length < 2 || b.shape.length < 2) misfit('both need at least two axes');
  const [rows, channels] = transposeA ? [a.dim(-1), a.dim(-2)] : [a.dim(-2), a.dim(-1)];
  const [cols, depth] = transposeB ? [b.dim(-2), b.dim(-1)] : [b.dim(-1), b.dim(-2)];
  if (channels !== depth) misfit(`inner axes ${channels} and ${depth} differ`);
  const outShape = [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2), misfit), rows, cols];
  if (residual) expectShape('matmul', { residual }, outShape);
  if (gamma) expectShape('matmul', { gamma }, [cols]);

  // One row-major matrix of all leading axes, where b has none.
  const shared =
    sizeOf(b.shape.slice(0, -2)) === 1 && !transposeA && !bias?.shape.slice(0, -1).some((n) => n > 1);
  const batch = shared ? [1, 1] : [1, 1, ...outShape.slice(0, -2)].slice(-2);
  if (!shared && outShape.length > 4) misfit('at most two batch axes are allowed');
  const strides = (shape: Shape, size: number): readonly [number, number] => {
    const [outer, inner] = [1, 1, ...shape.slice(0, -2)].slice(-2);
    return [outer === 1 ? 0 : inner * size, inner === 1 ? 0 : size];
  };
  if (bias && bias.dim(-1) !== cols) {
    throw new ShapeError(`matmul: bias is [${bias.shape}], expected [..., ${cols}]`);
  }
  const [xOuter, xInner] = shared ? [0, 0] : strides(a.shape, rows * channels);
  const [wOuter, wInner] = strides(b.shape, channels * cols);
  const [biasOuter, biasInner] = bias ? strides([...bias.shape.slice(0, -1), 1, cols], 1) : [0, 0];

  const y = a.device.empty(outShape);
  const quad = (length: number): boolean => length % 4 === 0;
  const batches = batch[0] * batch[1];
  const folded = shared ? sizeOf(outShape) / cols : rows;
  multiply({
    variant: {
      vec4: {
        x: quad(transposeA ? rows : channels),
        w: quad(transposeB ? channels : cols),
        bias: quad(cols),
        gamma: quad(cols),
        residual: quad(cols),
        y: quad(cols),
      },
      dtypes: { x: a.dtype, w: b.dtype },
    },
    activation: { activation, activateFrom: 0 },
    operands: { x: a, w: b },
    after: { bias, gamma, residual },
    y,
    params: {
      rows: folded,
      cols,
      taps: 1,
      channels,
      batches,
      alpha,
      a: bounds[0],
      b: bounds[1],
      inner: batch[1],
      x_outer: xOuter,
      x_inner: xInner,
      w_outer: wOuter,
      w_inner: wInner,
      bias_outer: biasOuter,
      bias_inner: biasInner,
      w_scales: firstScale(b),
      w_first: 0,
    },
    constants: {
      TRANSPOSE_A: Number(transposeA),
      TRANSPOSE_B: Number(transposeB),
      WHOLE_QUADS: Number(quad(channels)),
    },
    slice: shared
      ? {
          param: 'rows',
          multiple: 64,
          per: { x: channels, y: cols, ...(residual ? { residual: cols } : {}) },
        }
      : batchSlice(batch, b.dtype === 'q8', {
          x: [xOuter, xInner],
          ...(b.dtype === 'q8' ? {} : { w: [wOuter, wInner] }),
          bias: [biasOuter * cols, biasInner * cols],
          y: [rows * cols * batch[1], rows * cols],
          residual: residual ? [rows * cols * batch[1], rows * cols] : [0, 0],
        }),
  });
  return y;
}

/**
 * Batches may be split if every operand advances evenly from one to the next, or is shared by all. A B of q8 is bound
 * whole, because of its scales, and told the first batch.
 */
function batchSlice(
  [outer, inner]: readonly number[],
  wholeB: boolean,
  strides: Readonly<Record<string, readonly [outer: number, inner: number]>>,
): { param: 'batches'; per: Record<string, number>; start?: 'w_first' } | undefined {
  const per: Record<string, number> = {};
  for (const [id, [byOuter, byInner]] of Object.entries(strides)) {
    if (outer > 1 && inner > 1 && byOuter !== byInner * inner) return undefined;
    const step = inner > 1 ? byInner : byOuter;
    if (step > 0) per[id] = step;
  }
  return { param: 'batches', per, ...(wholeB ? { start: 'w_first' } : {}) };
}

function broadcast(a: Shape, b: Shape, misfit: (why: string) => never): number[] {
  const axes = Math.max(a.length, b.length);
  const at = (shape: Shape, axis: number): number => shape[shape.length - axes + axis] ?? 1;
  return Array.from({ length: axes }, (_, axis) => {
    const [m, n] = [at(a, axis), at(b, axis)];
    if (m !== n && m !== 1 && n !== 1) misfit(`batch axes ${m} and ${n} differ`);
    return Math.max(m, n);
  });
}
