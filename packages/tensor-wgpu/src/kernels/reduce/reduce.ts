import type { Device } from '../../device/device.ts';
import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { type Shape, sameShape, sizeOf, type Tensor } from '../../tensor.ts';
import { broadcast } from '../broadcast/broadcast.ts';
import { reshape } from '../reshape.ts';
import wgsl from './reduce.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'reduce',
  wgsl: [wgsl],
  reads: ['x'],
  writes: ['y'],
  params: {
    outer: 'u32',
    count: 'u32',
    inner: 'u32',
    first: 'u32',
    chunks: 'u32',
    chunk: 'u32',
    factor: 'f32',
  },
  invocations: ({ outer, chunks, inner }) => outer * chunks * inner,
});

const LONGEST_CHUNK = 256;
const ALIGNED = 64; // chunks, of any length, that end where a binding may start

/**
 * Sum over a run of neighbouring axes, which stay with length 1.
 *
 * @param axes  first and last axis of the run; negative ones count from the last
 */
export function sum(x: Tensor, axes: readonly [first: number, last: number]): Tensor {
  return reduce(x, axes, 1);
}

/** Mean over a run of neighbouring axes, which stay with length 1. */
export function mean(x: Tensor, axes: readonly [first: number, last: number]): Tensor {
  const [first, last] = range(x, axes);
  return reduce(x, axes, 1 / sizeOf(x.shape.slice(first, last + 1)));
}

function reduce(x: Tensor, axes: readonly [number, number], factor: number): Tensor {
  const [first, last] = range(x, axes);
  const outer = sizeOf(x.shape.slice(0, first));
  const inner = sizeOf(x.shape.slice(last + 1));
  const shape = x.shape.map((length, axis) => (axis >= first && axis <= last ? 1 : length));
  let count = sizeOf(x.shape.slice(first, last + 1));
  let from = x;
  for (;;) {
    const chunk = chunkOf(x.device, outer, count, inner);
    const chunks = Math.max(1, Math.ceil(count / chunk));
    const y = x.device.empty(chunks === 1 ? shape : [outer, chunks, inner]);
    kernel.dispatch(
      { x: from, y },
      { outer, count, inner, first: 0, chunks, chunk, factor: chunks === 1 ? factor : 1 },
      {
        slice:
          outer === 1
            ? { param: 'chunks', start: 'first', per: { x: chunk * inner, y: inner } }
            : { param: 'outer', per: { x: count * inner, y: chunks * inner } },
      },
    );
    if (from !== x) from.dispose();
    if (chunks === 1) {
      return record(y, [x], [], (dy) => [broadcast(dy, x.shape, factor)]);
    }
    from = y;
    count = chunks;
  }
}

/** How many elements an invocation sums: short runs keep digits, and can be cut where x is too large to bind. */
function chunkOf({ info }: Device, outer: number, count: number, inner: number): number {
  const short = count > LONGEST_CHUNK ? Math.ceil(Math.sqrt(count)) : Math.max(1, count);
  const most = info.limits.maxStorageBufferBindingSize;
  if (outer > 1 || 4 * count * inner <= most) return short;
  return Math.min(short, Math.max(2, Math.floor(most / (4 * ALIGNED * inner))));
}

function range(x: Tensor, [first, last]: readonly [number, number]): [number, number] {
  const axes = x.shape.length;
  const run: [number, number] = [first < 0 ? first + axes : first, last < 0 ? last + axes : last];
  if (run[0] < 0 || run[1] >= axes || run[0] > run[1]) {
    throw new ShapeError(`reduce: axes ${first} to ${last} of [${x.shape}]`);
  }
  return run;
}

/** x repeated along axes of length 1, and leading ones that it lacks, to this shape: what sumTo undoes. */
export function repeatTo(x: Tensor, shape: Shape): Tensor {
  return record(broadcast(x, shape, 1), [x], [], (dy) => [sumTo(dy, x.shape)]);
}

/** Undoes broadcasting: sums the axes along which `shape` was repeated to give x. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return reshape(x, shape);
  const lead = x.shape.length - shape.length;
  let y = lead > 0 ? sum(x, [0, lead - 1]) : x;
  for (const [axis, length] of shape.entries()) {
    if (length === 1 && x.shape[lead + axis] !== 1) y = sum(y, [lead + axis, lead + axis]);
  }
  return reshape(y, shape);
}
