import { ShapeError } from '../../errors.ts';
import { record } from '../../tape.ts';
import { Tensor } from '../../tensor.ts';
import { sumTo } from '../reduce/reduce.ts';
import { applyBinary, applyUnary, full } from './apply.ts';
import type { Binary } from './table.ts';

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
