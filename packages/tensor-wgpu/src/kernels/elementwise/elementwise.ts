import { coreOf, type Device } from '../../device/device.ts';
import { ShapeError } from '../../errors.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { type Shape, sameShape, Tensor } from '../../tensor.ts';
import erf from '../../wgsl/erf.wgsl';
import tanhWgsl from '../../wgsl/tanh.wgsl';
import { sumTo } from '../reduce/reduce.ts';
import binaryWgsl from './binary.wgsl';
import { binaryBroadcast, broadcastShape } from './binary-broadcast.ts';
import { applyBinaryWgsl, type Binary, UNARY, type Unary } from './table.ts';
import unaryWgsl from './unary.wgsl';

type UnaryKernel = Kernel<'x' | 'dy', 'y', 'quads' | 'a' | 'b'>;
const unaryKernels = new Map<string, UnaryKernel>();

/** @param expressionOf  in `x: vec4f`, `dy: vec4f` and the parameters; called once for each function */
function unaryKernel(name: string, expressionOf: () => string): UnaryKernel {
  const known = unaryKernels.get(name);
  if (known) return known;
  const apply = `fn apply(x: vec4f, dy: vec4f) -> vec4f { return ${expressionOf()}; }\n`;
  const kernel = defineKernel({
    name: 'unary',
    variant: `unary ${name}`,
    wgsl: [apply, erf, tanhWgsl, unaryWgsl],
    reads: ['x', 'dy'],
    writes: ['y'],
    params: { quads: 'u32', a: 'f32', b: 'f32' },
    invocations: ({ quads }) => quads,
  });
  unaryKernels.set(name, kernel);
  return kernel;
}

type BinaryKernel = Kernel<'left' | 'right', 'y', 'quads' | 'period'>;
const binaryKernels = new Map<Binary, BinaryKernel>();

function binaryKernel(row: Binary): BinaryKernel {
  const known = binaryKernels.get(row);
  if (known) return known;
  const kernel = defineKernel({
    name: 'binary',
    variant: `binary ${row}`,
    wgsl: [applyBinaryWgsl(row), binaryWgsl],
    reads: ['left', 'right'],
    writes: ['y'],
    params: { quads: 'u32', period: 'u32' },
    invocations: ({ quads }) => quads,
  });
  binaryKernels.set(row, kernel);
  return kernel;
}

/** A row of the table applied to each element; a and b are the row's own parameters. */
export function applyUnary(row: Unary, x: Tensor, a = 0, b = 0): Tensor {
  const kernel = unaryKernel(row, () => UNARY[row].wgsl);
  const y = mapElements(kernel, x, x, a, b);
  return record(y, [x], [], (dy) => {
    const slope = unaryKernel(`slope of ${row}`, () => `dy * (${UNARY[row].derivative})`);
    return [mapElements(slope, x, dy, a, b)];
  });
}

function mapElements(kernel: UnaryKernel, x: Tensor, dy: Tensor, a: number, b: number): Tensor {
  const y = x.device.empty(x.shape);
  const per = { x: 4, dy: 4, y: 4 };
  kernel.dispatch({ x, dy, y }, { quads: Math.ceil(x.size / 4), a, b }, { slice: { param: 'quads', per } });
  return y;
}

/** A tensor of f32 that holds one value, 0 by default; made on the GPU, nothing is uploaded. */
export function full(device: Device, shape: Shape, value = 0): Tensor {
  const y = device.empty(shape);
  const nothing = coreOf(device).placeholder; // bound, but not used
  unaryKernel('full', () => 'vec4f(params.a)').dispatch(
    { x: nothing, dy: nothing, y },
    { quads: Math.ceil(y.size / 4), a: value, b: 0 },
    { slice: { param: 'quads', per: { y: 4 } } },
  );
  return y;
}

/** Zeros in the shape of x. */
export const zeros = (x: Tensor): Tensor => full(x.device, x.shape);

/** A row of the table applied to each pair of elements; axes of length 1, and missing leading ones, repeat. */
export function applyBinary(row: Binary, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShape(row, a.shape, b.shape);
  const y = a.device.empty(shape);
  const tail = b.shape.slice(b.shape.findIndex((length) => length !== 1));
  const repeats = sameShape(a.shape, shape) && b.size % 4 === 0 && sameShape(shape.slice(-tail.length), tail);
  if (sameShape(a.shape, b.shape) || repeats) {
    const whole = a.size === b.size;
    binaryKernel(row).dispatch(
      { left: a, right: b, y },
      { quads: Math.ceil(y.size / 4), period: Math.ceil(b.size / 4) },
      {
        slice: {
          param: 'quads',
          per: { left: 4, y: 4, ...(whole ? { right: 4 } : {}) },
          multiple: whole ? 1 : b.size / 4,
        },
      },
    );
  } else {
    binaryBroadcast(row, a, b, y);
  }
  return y;
}

/** A tensor, or a number that stands for every element of one. A capture freezes numbers. */
export type Operand = Tensor | number;

/** a + b, with broadcasting; one of them may be a number. */
export function add(a: Operand, b: Operand): Tensor {
  if (typeof a === 'number') return affine(expectTensor('add', b), 1, a);
  if (typeof b === 'number') return affine(expectTensor('add', a), 1, b);
  const y = applyBinary('add', expectTensor('add', a), expectTensor('add', b));
  return record(y, [a, b], [], (dy, [toA, toB]) => [
    toA ? sumTo(dy, a.shape) : null,
    toB ? sumTo(dy, b.shape) : null,
  ]);
}

/** a - b, with broadcasting; one of them may be a number. */
export function sub(a: Operand, b: Operand): Tensor {
  if (typeof a === 'number') return affine(expectTensor('sub', b), -1, a);
  if (typeof b === 'number') return affine(expectTensor('sub', a), 1, -b);
  const y = applyBinary('sub', expectTensor('sub', a), expectTensor('sub', b));
  return record(y, [a, b], [], (dy, [toA, toB]) => [
    toA ? sumTo(dy, a.shape) : null,
    toB ? affine(sumTo(dy, b.shape), -1, 0) : null,
  ]);
}

/** a * b, with broadcasting; one of them may be a number. */
export function mul(a: Operand, b: Operand): Tensor {
  if (typeof a === 'number') return affine(expectTensor('mul', b), a, 0);
  if (typeof b === 'number') return affine(expectTensor('mul', a), b, 0);
  const y = applyBinary('mul', expectTensor('mul', a), expectTensor('mul', b));
  return record(y, [a, b], [], (dy, [toA, toB]) => [
    toA ? sumTo(mul(dy, b), a.shape) : null,
    toB ? sumTo(mul(dy, a), b.shape) : null,
  ]);
}

/** a / b, with broadcasting; one of them may be a number. */
export function div(a: Operand, b: Operand): Tensor {
  if (typeof a === 'number') return applyUnary('divideInto', expectTensor('div', b), a);
  if (typeof b === 'number') return applyUnary('divideBy', expectTensor('div', a), b);
  const y = applyBinary('div', expectTensor('div', a), expectTensor('div', b));
  return record(y, [a, b], [], (dy, [toA, toB]) => {
    const da = div(dy, b);
    return [toA ? sumTo(da, a.shape) : null, toB ? affine(sumTo(mul(da, y), b.shape), -1, 0) : null];
  });
}

/** The larger of a and b, with broadcasting. Where they are equal, the gradient goes to a, or to the only tensor. */
export function maximum(a: Operand, b: Operand): Tensor {
  if (typeof a === 'number') return applyUnary('atLeast', expectTensor('maximum', b), a);
  if (typeof b === 'number') return applyUnary('atLeast', expectTensor('maximum', a), b);
  return choose('maximum', expectTensor('maximum', a), expectTensor('maximum', b));
}

/** The smaller of a and b, with broadcasting. Where they are equal, the gradient goes to b, or to the only tensor. */
export function minimum(a: Operand, b: Operand): Tensor {
  if (typeof a === 'number') return applyUnary('atMost', expectTensor('minimum', b), a);
  if (typeof b === 'number') return applyUnary('atMost', expectTensor('minimum', a), b);
  return choose('minimum', expectTensor('minimum', a), expectTensor('minimum', b));
}

function choose(row: 'maximum' | 'minimum', a: Tensor, b: Tensor): Tensor {
  const y = applyBinary(row, a, b);
  return record(y, [a, b], [], (dy, [toA, toB]) => {
    const larger = applyBinary('notLess', a, b);
    const smaller = affine(larger, -1, 1);
    const [takesA, takesB] = row === 'maximum' ? [larger, smaller] : [smaller, larger];
    return [toA ? sumTo(mul(dy, takesA), a.shape) : null, toB ? sumTo(mul(dy, takesB), b.shape) : null];
  });
}

/** 1 where a > b, else 0, with broadcasting; one of them may be a number. It has no gradient. */
export const greater = (a: Operand, b: Operand): Tensor => compare('greater', a, b);
/** 1 where a < b, else 0, with broadcasting; one of them may be a number. It has no gradient. */
export const less = (a: Operand, b: Operand): Tensor => compare('less', a, b);
/** 1 where a equals b, else 0, with broadcasting; one of them may be a number. It has no gradient. */
export const equal = (a: Operand, b: Operand): Tensor => compare('equal', a, b);

function compare(row: Binary, a: Operand, b: Operand): Tensor {
  if (typeof a === 'number') return applyBinary(row, full(expectTensor(row, b).device, [], a), b as Tensor);
  const right = typeof b === 'number' ? full(expectTensor(row, a).device, [], b) : b;
  return applyBinary(row, expectTensor(row, a), expectTensor(row, right));
}

function expectTensor(op: string, operand: unknown): Tensor {
  if (operand instanceof Tensor) return operand;
  const found = typeof operand === 'number' ? 'two numbers' : `${operand}`;
  throw new ShapeError(`${op}: ${found}, expected tensors, or a tensor and a number`);
}

/** max(x, 0) */
export const relu = (x: Tensor): Tensor => applyUnary('relu', x);
/** x Φ(x), with the exact error function. https://arxiv.org/abs/1606.08415 */
export const gelu = (x: Tensor): Tensor => applyUnary('gelu', x);
/** 1 / (1 + exp(-x)) */
export const sigmoid = (x: Tensor): Tensor => applyUnary('sigmoid', x);
/** clip(x + 3, 0, 6) / 6. https://arxiv.org/abs/1905.02244 */
export const hardSigmoid = (x: Tensor): Tensor => applyUnary('hardSigmoid', x);
/** (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ) */
export const tanh = (x: Tensor): Tensor => applyUnary('tanh', x);
/** x² */
export const square = (x: Tensor): Tensor => applyUnary('square', x);
/** √x */
export const sqrt = (x: Tensor): Tensor => applyUnary('sqrt', x);
/** eˣ */
export const exp = (x: Tensor): Tensor => applyUnary('exp', x);
/** The natural logarithm of x > 0. */
export const log = (x: Tensor): Tensor => applyUnary('log', x);
/** -x */
export const neg = (x: Tensor): Tensor => applyUnary('neg', x);
/** |x|, with gradient 0 at 0. */
export const abs = (x: Tensor): Tensor => applyUnary('abs', x);
/** factor * x + term */
export const affine = (x: Tensor, factor: number, term: number): Tensor =>
  applyUnary('affine', x, factor, term);
/** x, no less than lower and no more than upper. */
export const clamp = (x: Tensor, lower: number, upper: number): Tensor =>
  applyUnary('clamp', x, lower, upper);
