import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import type { Slice } from '../../slices.ts';
import { record } from '../../tape.ts';
import { type Shape, sameShape, sizeOf, type Tensor } from '../../tensor.ts';
import { broadcast } from '../broadcast/broadcast.ts';
import { reshape } from '../reshape.ts';
import wgsl from './reduce.wgsl';
import { type ReducedShape, type Reduction, reductionOf } from './reduction.ts';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'reduce',
    variant: `reduce ${element}`,
    wgsl: [`alias element = ${element};\n`, wgsl],
    reads: ['x'],
    writes: ['y'],
    params: {
      outer: 'u32',
      count: 'u32',
      inner: 'u32',
      first: 'u32',
      chunks: 'u32',
      chunk: 'u32',
      rows: 'u32',
      parts: 'u32',
      factor: 'f32',
    },
    invocations: ({ outer, chunks, inner, parts }) => outer * chunks * inner * parts,
    flops: ({ outer, count, inner }) => (element === 'vec4f' ? 4 : 1) * outer * count * inner,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

/** One axis, or several in any order; negative ones count from the last. */
export type Axes = number | readonly number[];

/**
 * Sum over the given axes, which stay with length 1, or over all elements, with a scalar of shape [] as result.
 *
 * @throws ShapeError for an axis that x does not have, or that is given twice
 */
export function sum(x: Tensor, axes?: Axes): Tensor {
  return reduceAxes('sum', x, axes, false);
}

/**
 * Mean over the given axes, which stay with length 1, or over all elements, with a scalar of shape [] as result.
 *
 * @throws ShapeError for an axis that x does not have, or that is given twice
 */
export function mean(x: Tensor, axes?: Axes): Tensor {
  return reduceAxes('mean', x, axes, true);
}

function reduceAxes(op: string, x: Tensor, axes: Axes | undefined, isMean: boolean): Tensor {
  if (axes === undefined) {
    return reshape(reduce(reshape(x, [x.size]), [0, 0], isMean ? 1 / x.size : 1), []);
  }
  const list = listAxes(op, x.shape, axes);
  const factor = isMean ? 1 / sizeOf(list.map((axis) => x.shape[axis])) : 1;
  const runs = runsOf(x.shape, list).reverse();
  if (runs.length === 0) return reshape(x, x.shape);
  return runs.reduce((y, run, i) => reduce(y, run, i === runs.length - 1 ? factor : 1), x);
}

/** The axes counted from the first, ascending. */
export function listAxes(op: string, shape: Shape, axes: Axes): number[] {
  const list = [axes].flat().map((axis) => {
    const counted = axis < 0 ? axis + shape.length : axis;
    if (!Number.isInteger(axis) || counted < 0 || counted >= shape.length) {
      throw new ShapeError(
        `${op}: axis ${axis} of [${shape}], expected ${-shape.length} to ${shape.length - 1}`,
      );
    }
    return counted;
  });
  if (new Set(list).size < list.length)
    throw new ShapeError(`${op}: axes [${axes}] of [${shape}] name an axis twice`);
  return list.sort((a, b) => a - b);
}

/** Runs of neighboring axes that cover the list; axes of length 1 join two runs. */
export function runsOf(shape: Shape, list: readonly number[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (const axis of list) {
    const run = runs.at(-1);
    const between = run && shape.slice(run[1] + 1, axis);
    if (run && between?.every((length) => length === 1)) run[1] = axis;
    else runs.push([axis, axis]);
  }
  return runs;
}

/** Sum over a run of neighboring axes, times a factor. */
function reduce(x: Tensor, [first, last]: readonly [number, number], factor: number): Tensor {
  const outer = sizeOf(x.shape.slice(0, first));
  const inner = sizeOf(x.shape.slice(last + 1));
  const shape = x.shape.map((length, axis) => (axis >= first && axis <= last ? 1 : length));
  let count = sizeOf(x.shape.slice(first, last + 1));
  let from = x;
  for (;;) {
    const reduction = reductionOf(x.device.info, { outer, count, inner });
    const { chunks } = reduction;
    const isLast = chunks === 1 || reduction.ranges === 'rows';
    const y = x.device.empty(isLast ? shape : [outer, chunks, inner]);
    dispatch(from, y, { outer, count, inner }, reduction, isLast ? factor : 1);
    if (from !== x) from.dispose();
    if (isLast) return record(y, [x], [], (dy) => [broadcast(dy, x.shape, factor)]);
    from = y;
    count = chunks;
  }
}

function dispatch(
  x: Tensor,
  y: Tensor,
  { outer, count, inner }: ReducedShape,
  { vec4, parts, chunk, chunks, ranges }: Reduction,
  factor: number,
): void {
  const inRows = ranges === 'rows';
  (vec4 ? quads : scalars).dispatch(
    { x, y },
    {
      outer,
      count,
      inner: vec4 ? inner / 4 : inner,
      first: 0,
      chunks: inRows ? 1 : chunks,
      chunk: inRows ? count : chunk,
      rows: outer * count,
      parts,
      factor,
    },
    {
      constants: { PARTS: parts, ALONG: Number(inner === 1), RANGES: Number(inRows) },
      slice: {
        chunks: { param: 'chunks', start: 'first', per: { x: chunk * inner, y: inner } },
        outer: { param: 'outer', per: { x: count * inner, y: chunks * inner } },
        rows: { param: 'rows', start: 'first', per: { x: inner } },
      }[ranges] as Slice<'x' | 'y', 'outer' | 'chunks' | 'rows' | 'first'>,
    },
  );
}

/** x repeated along axes of length 1, and along missing leading ones, to this shape: the adjoint of sumTo. */
export function repeatTo(x: Tensor, shape: Shape): Tensor {
  return record(broadcast(x, shape, 1), [x], [], (dy) => [sumTo(dy, x.shape)]);
}

/** Sums the axes along which `shape` was broadcast to that of x. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return reshape(x, shape);
  const lead = x.shape.length - shape.length;
  const repeated = x.shape.flatMap((length, axis) => {
    if (axis < lead) return [axis];
    return length !== 1 && shape[axis - lead] === 1 ? [axis] : [];
  });
  return reshape(sum(x, repeated), shape);
}
