import type { Device } from '../../device/device.ts';
import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { type Shape, sameShape, type Tensor } from '../../tensor.ts';
import erf from '../../wgsl/erf.wgsl';
import { sumTo } from '../reduce/reduce.ts';
import binaryWgsl from './binary.wgsl';
import { binaryBroadcast, broadcastShape } from './binary-broadcast.ts';
import { BINARY, type Binary, UNARY, type Unary } from './table.ts';
import unaryWgsl from './unary.wgsl';

const unaryKernel = /* @__PURE__ */ defineKernel({
  name: 'unary',
  wgsl: [erf, unaryWgsl],
  reads: ['x', 'dy'],
  writes: ['y'],
  params: { quads: 'u32', a: 'f32', b: 'f32' },
  invocations: ({ quads }) => quads,
});

const binaryKernel = /* @__PURE__ */ defineKernel({
  name: 'binary',
  wgsl: [binaryWgsl],
  reads: ['left', 'right'],
  writes: ['y'],
  params: { quads: 'u32', period: 'u32' },
  invocations: ({ quads }) => quads,
});

/** A row of the table applied to each element; a and b are the row's own parameters. */
export function applyUnary(row: Unary, x: Tensor, a = 0, b = 0): Tensor {
  const y = mapElements(UNARY[row].wgsl, x, x, a, b);
  return record(y, [x], [], (dy) => [mapElements(`dy * (${UNARY[row].derivative})`, x, dy, a, b)]);
}

function mapElements(expression: string, x: Tensor, dy: Tensor, a: number, b: number): Tensor {
  const y = x.device.empty(x.shape);
  const link = [`fn apply(x: vec4f, dy: vec4f) -> vec4f { return ${expression}; }\n`];
  const per = { x: 4, dy: 4, y: 4 };
  unaryKernel.dispatch(
    { x, dy, y },
    { quads: Math.ceil(x.size / 4), a, b },
    { link, slice: { param: 'quads', per } },
  );
  return y;
}

/** A tensor of f32 that holds one value, 0 unless given; made on the GPU, nothing is uploaded. */
export function filled(device: Device, shape: Shape, value = 0): Tensor {
  const y = device.empty(shape);
  const { nothing } = device; // read, and not used
  unaryKernel.dispatch(
    { x: nothing, dy: nothing, y },
    { quads: Math.ceil(y.size / 4), a: value, b: 0 },
    {
      link: ['fn apply(x: vec4f, dy: vec4f) -> vec4f { return vec4f(params.a); }\n'],
      slice: { param: 'quads', per: { y: 4 } },
    },
  );
  return y;
}

/** Zeros in the shape of x. */
export const zeros = (x: Tensor): Tensor => filled(x.device, x.shape);

/** A row of the table applied to each pair of elements; axes of length 1, and missing leading ones, repeat. */
export function applyBinary(row: Binary, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShape(row, a.shape, b.shape);
  const y = a.device.empty(shape);
  const link = `fn apply(a: vec4f, b: vec4f) -> vec4f { return ${BINARY[row].wgsl}; }\n`;
  const tail = b.shape.slice(b.shape.findIndex((length) => length !== 1));
  const repeats = sameShape(a.shape, shape) && b.size % 4 === 0 && sameShape(shape.slice(-tail.length), tail);
  if (sameShape(a.shape, b.shape) || repeats) {
    const whole = a.size === b.size;
    binaryKernel.dispatch(
      { left: a, right: b, y },
      { quads: Math.ceil(y.size / 4), period: Math.ceil(b.size / 4) },
      {
        link: [link],
        slice: {
          param: 'quads',
          per: { left: 4, y: 4, ...(whole ? { right: 4 } : {}) },
          multiple: whole ? 1 : b.size / 4,
        },
      },
    );
  } else {
    binaryBroadcast(row, link, a, b, y);
  }
  return y;
}

/** a + b, with broadcasting. */
export function add(a: Tensor, b: Tensor): Tensor {
  const y = applyBinary('add', a, b);
  return record(y, [a, b], [], (dy, [toA, toB]) => [
    toA ? sumTo(dy, a.shape) : null,
    toB ? sumTo(dy, b.shape) : null,
  ]);
}

/** a - b, with broadcasting. */
export function sub(a: Tensor, b: Tensor): Tensor {
  const y = applyBinary('sub', a, b);
  return record(y, [a, b], [], (dy, [toA, toB]) => [
    toA ? sumTo(dy, a.shape) : null,
    toB ? affine(sumTo(dy, b.shape), -1, 0) : null,
  ]);
}

/** a * b, with broadcasting. */
export function mul(a: Tensor, b: Tensor): Tensor {
  const y = applyBinary('mul', a, b);
  return record(y, [a, b], [], (dy, [toA, toB]) => [
    toA ? sumTo(mul(dy, b), a.shape) : null,
    toB ? sumTo(mul(dy, a), b.shape) : null,
  ]);
}

/** a / b, with broadcasting. */
export function div(a: Tensor, b: Tensor): Tensor {
  const y = applyBinary('div', a, b);
  return record(y, [a, b], [], (dy, [toA, toB]) => {
    const da = div(dy, b);
    return [toA ? sumTo(da, a.shape) : null, toB ? affine(sumTo(mul(da, y), b.shape), -1, 0) : null];
  });
}

/** The larger of a and b, with broadcasting. */
export const maximum = (a: Tensor, b: Tensor): Tensor => choose('maximum', a, b);
/** The smaller of a and b, with broadcasting. */
export const minimum = (a: Tensor, b: Tensor): Tensor => choose('minimum', a, b);

/** Where a and b are equal, the gradient goes to the first of maximum and to the second of minimum. */
function choose(row: 'maximum' | 'minimum', a: Tensor, b: Tensor): Tensor {
  const y = applyBinary(row, a, b);
  return record(y, [a, b], [], (dy, [toA, toB]) => {
    const larger = applyBinary('notLess', a, b);
    const smaller = affine(larger, -1, 1);
    const [takesA, takesB] = row === 'maximum' ? [larger, smaller] : [smaller, larger];
    return [toA ? sumTo(mul(dy, takesA), a.shape) : null, toB ? sumTo(mul(dy, takesB), b.shape) : null];
  });
}

/** max(x, 0) */
export const relu = (x: Tensor): Tensor => applyUnary('relu', x);
/** x Φ(x), with the exact error function. https://arxiv.org/abs/1606.08415 */
export const gelu = (x: Tensor): Tensor => applyUnary('gelu', x);
/** 1 / (1 + exp(-x)) */
export const sigmoid = (x: Tensor): Tensor => applyUnary('sigmoid', x);
/** clip(x + 3, 0, 6) / 6. https://arxiv.org/abs/1905.02244 */
export const hardSigmoid = (x: Tensor): Tensor => applyUnary('hardSigmoid', x);
/** x² */
export const square = (x: Tensor): Tensor => applyUnary('square', x);
/** √x */
export const sqrt = (x: Tensor): Tensor => applyUnary('sqrt', x);
/** eˣ */
export const exp = (x: Tensor): Tensor => applyUnary('exp', x);
/** factor * x + term */
export const affine = (x: Tensor, factor: number, term: number): Tensor =>
  applyUnary('affine', x, factor, term);
/** x, no less than lower and no more than upper. */
export const clamp = (x: Tensor, lower: number, upper: number): Tensor =>
  applyUnary('clamp', x, lower, upper);
