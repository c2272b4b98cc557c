import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { type Shape, sizeOf, type Tensor } from '../../tensor.ts';
import { sumTo } from '../reduce/reduce.ts';
import wgsl from './binary-broadcast.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'binary-broadcast',
  wgsl: [wgsl],
  reads: ['left', 'right'],
  writes: ['y'],
  params: {
    first: 'u32',
    size: 'u32',
    d1: 'u32',
    d2: 'u32',
    d3: 'u32',
    l0: 'u32',
    l1: 'u32',
    l2: 'u32',
    l3: 'u32',
    r0: 'u32',
    r1: 'u32',
    r2: 'u32',
    r3: 'u32',
  },
  invocations: ({ size }) => size,
});

/** y = f(a, b) where either repeats; `link` holds f. What is as large as y is bound in ranges with it. */
export function broadcast(op: string, link: string, a: Tensor, b: Tensor, y: Tensor): void {
  if (y.shape.length > 4) throw new ShapeError(`${op}: [${a.shape}] and [${b.shape}] have more than 4 axes`);
  const [, d1, d2, d3] = [1, 1, 1, 1, ...y.shape].slice(-4);
  const [l0, l1, l2, l3] = strides(a.shape, y.shape);
  const [r0, r1, r2, r3] = strides(b.shape, y.shape);
  const [flatA, flatB] = [a, b].map(({ size }) => size === y.size);
  kernel.dispatch(
    { left: a, right: b, y },
    { first: 0, size: y.size, d1, d2, d3, l0, l1, l2, l3, r0, r1, r2, r3 },
    {
      link: [link],
      constants: { FLAT_LEFT: Number(flatA), FLAT_RIGHT: Number(flatB) },
      slice: {
        param: 'size',
        start: 'first',
        per: { y: 1, ...(flatA ? { left: 1 } : {}), ...(flatB ? { right: 1 } : {}) },
      },
    },
  );
}

/** x repeated along axes of length 1, and leading ones that it lacks, to this shape: what sumTo undoes. */
export function repeatTo(x: Tensor, shape: Shape): Tensor {
  const y = x.device.empty(shape);
  broadcast('repeatTo', 'fn apply(a: vec4f, b: vec4f) -> vec4f { return a; }\n', x, x, y);
  return record(y, [x], [], (dy) => [sumTo(dy, x.shape)]);
}

export function broadcastShape(op: string, a: Shape, b: Shape): number[] {
  const axes = Math.max(a.length, b.length);
  return Array.from({ length: axes }, (_, axis) => {
    const m = a[a.length - axes + axis] ?? 1;
    const n = b[b.length - axes + axis] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(`${op}: [${a}] and [${b}] differ in axis ${axis} and neither is 1 there`);
    }
    return Math.min(m, n) === 0 ? 0 : Math.max(m, n);
  });
}

/** Elements from one index to the next along each of the last four axes of `shape`; 0 where x repeats. */
function strides(own: Shape, shape: Shape): number[] {
  const padded = [...Array(Math.max(0, 4 - own.length)).fill(1), ...own];
  const full = [...Array(Math.max(0, 4 - shape.length)).fill(1), ...shape];
  return full.map((_, axis) => (padded[axis] === 1 ? 0 : sizeOf(padded.slice(axis + 1))));
}
