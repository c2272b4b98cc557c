import type { Device } from '../../device/device.ts';
import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { recordAll } from '../../tape.ts';
import { sizeOf, type Tensor } from '../../tensor.ts';
import { maxInput } from '../max-input/max-input.ts';
import { type Axes, listAxes, runsOf } from '../reduce/reduce.ts';
import { reshape } from '../reshape.ts';
import wgsl from './max.wgsl';

const LONGEST_CHUNK = 256;
const ALIGNED = 64; // chunks, of any length, that end where a binding may start

const kernel = /* @__PURE__ */ defineKernel({
  name: 'max',
  wgsl: [wgsl],
  reads: ['x', 'source'],
  writes: ['y', 'index'],
  params: { outer: 'u32', count: 'u32', inner: 'u32', first: 'u32', chunks: 'u32', chunk: 'u32' },
  invocations: ({ outer, chunks, inner }) => outer * chunks * inner,
});

/**
 * The largest number along the given axes, which stay with length 1, or of all elements, as a scalar of shape []. The
 * gradient goes to the first of equal ones.
 *
 * @throws ShapeError for an axis that x does not have, that is given twice, or that is empty
 */
export function max(x: Tensor, axes?: Axes): Tensor {
  if (axes === undefined) return reshape(along('max', reshape(x, [x.size]), [0, 0]).y, []);
  const runs = runsOf(x.shape, listAxes('max', x.shape, axes)).reverse();
  if (runs.length === 0) return reshape(x, x.shape);
  return runs.reduce((y, run) => along('max', y, run).y, x);
}

/**
 * Index of the first largest number along an axis, as u32; the axis stays with length 1. Without an axis, the index
 * among all elements in order, as a scalar of shape []. It has no gradient.
 *
 * @throws ShapeError for an axis that x does not have, or that is empty
 */
export function argmax(x: Tensor, axis?: number): Tensor {
  if (axis === undefined) return reshape(along('argmax', reshape(x, [x.size]), [0, 0]).index, []);
  const [only] = listAxes('argmax', x.shape, axis);
  return along('argmax', x, [only, only]).index;
}

function along(
  op: string,
  x: Tensor,
  [first, last]: readonly [number, number],
): { y: Tensor; index: Tensor } {
  const [outer, inner] = [sizeOf(x.shape.slice(0, first)), sizeOf(x.shape.slice(last + 1))];
  const shape = x.shape.map((length, axis) => (axis >= first && axis <= last ? 1 : length));
  let count = sizeOf(x.shape.slice(first, last + 1));
  if (count === 0) throw new ShapeError(`${op}: [${x.shape}] is empty along axis ${first}`);
  let from = { y: x, index: undefined as Tensor | undefined };
  for (;;) {
    const chunk = chunkOf(x.device, outer, count, inner);
    const chunks = Math.ceil(count / chunk);
    const own = chunks === 1 ? shape : [outer, chunks, inner];
    const [y, index] = [x.device.empty(own), x.device.empty(own, 'u32')];
    const source = from.index ?? x.device.empty([4], 'u32');
    const later = from.index !== undefined;
    const read = (each: number) => ({ x: each, ...(later ? { source: each } : {}) });
    kernel.dispatch(
      { x: from.y, source, y, index },
      { outer, count, inner, first: 0, chunks, chunk },
      {
        constants: { LATER: Number(later) },
        slice:
          outer === 1
            ? { param: 'chunks', start: 'first', per: { ...read(chunk * inner), y: inner, index: inner } }
            : { param: 'outer', per: { ...read(count * inner), y: chunks * inner, index: chunks * inner } },
      },
    );
    if (from.y !== x) from.y.dispose();
    source.dispose();
    if (chunks === 1) {
      recordAll([y], [x], [index], ([dy]) => [dy ? maxInput(dy, index, x.shape, [outer, inner]) : null]);
      return { y, index };
    }
    from = { y, index };
    count = chunks;
  }
}

/** Elements that an invocation visits: a long axis is split into short loops, and where x is too large to bind. */
function chunkOf({ info }: Device, outer: number, count: number, inner: number): number {
  const short = count > LONGEST_CHUNK ? Math.ceil(Math.sqrt(count)) : count;
  const limit = info.limits.maxStorageBufferBindingSize;
  if (outer > 1 || 4 * count * inner <= limit) return short;
  return Math.min(short, Math.max(2, Math.floor(limit / (4 * ALIGNED * inner))));
}
