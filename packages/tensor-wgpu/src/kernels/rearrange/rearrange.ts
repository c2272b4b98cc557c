import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { scope } from '../../scope.ts';
import { record } from '../../tape.ts';
import { sizeOf, type Tensor } from '../../tensor.ts';
import { dequantized } from '../dequantize/dequantize.ts';
import { reshape } from '../reshape.ts';
import wgsl from './rearrange.wgsl';

const MOVED = 'fn moved(index: u32) -> x_element { return x[source(index)]; }';

// A word of two f16 from two places; `size` counts f16 elements.
const MOVED_HALVES = `
fn half(index: u32) -> u32 {
  let at = source(min(index, params.size - 1u));
  return extractBits(x[at / 2u], at % 2u * 16u, 16u);
}
fn moved(index: u32) -> u32 { return half(2u * index) | (half(2u * index + 1u) << 16u); }`;

const define = (element: 'f32' | 'vec4f' | 'f16x2' | 'f16x4') =>
  defineKernel({
    name: 'rearrange',
    variant: `rearrange ${element}`,
    wgsl: [
      `alias x_element = ${element};\nalias y_element = ${element};\n`,
      element === 'f16x2' ? MOVED_HALVES : MOVED,
      wgsl,
    ],
    reads: ['x'],
    writes: ['y'],
    params: { size: 'u32', d1: 'u32', d2: 'u32', d3: 'u32', s0: 'u32', s1: 'u32', s2: 'u32', s3: 'u32' },
    invocations: ({ size }) => (element === 'f16x2' ? Math.ceil(size / 2) : size),
  });
const kernels = {
  f32: { one: /* @__PURE__ */ define('f32'), four: /* @__PURE__ */ define('vec4f') },
  f16: { one: /* @__PURE__ */ define('f16x2'), four: /* @__PURE__ */ define('f16x4') },
};

/**
 * Splits, reorders and merges axes by a pattern of their names:
 *
 *   rearrange(x, 'B N (heads D) -> B heads N D', { heads: 8 })
 *
 * Parentheses group the axes that make up one axis of the tensor, slowest first. A pattern that moves nothing returns a
 * view.
 *
 * @param x      f32 or f16; q8 becomes f32 unless nothing moves
 * @param sizes  lengths of axes that x does not determine
 * @throws ShapeError if x does not fit the pattern
 */
export function rearrange(x: Tensor, pattern: string, sizes: Readonly<Record<string, number>> = {}): Tensor {
  const [before, after] = pattern.split('->');
  const [from, to] = [parse(before), parse(after ?? '')];
  const length = solve(x, pattern, from, sizes);
  const count = (axes: readonly string[]): number => sizeOf(axes.map((axis) => length[axis]));
  const order = from.flat();
  if (`${[...order].sort()}` !== `${to.flat().sort()}`) {
    throw new ShapeError(`rearrange: '${pattern}' loses or repeats an axis`);
  }
  const isLong = (axis: string): boolean => length[axis] !== 1;
  const runs = mergeRuns(order.filter(isLong), to.flat().filter(isLong));
  if (runs.length > 4) throw new ShapeError(`rearrange: '${pattern}' moves more than four axes`);
  const shape = to.map(count);
  if (x.dtype === 'q8' && !(runs.length <= 1 && shape.at(-1) === x.shape.at(-1))) {
    return scope(() => rearrange(dequantized(x), pattern, sizes));
  }
  if (runs.length <= 1) return reshape(x, shape);

  const y = x.device.empty(shape, x.dtype);
  const { one, four } = kernels[x.dtype === 'f16' ? 'f16' : 'f32'];
  const strides = runs.map((run) => count(order.slice(order.indexOf(run[run.length - 1]) + 1)));
  const [d1, d2, d3] = [1, 1, 1, ...runs.map(count)].slice(-3);
  const [s0, s1, s2, s3] = [0, 0, 0, ...strides].slice(-4);
  if (s3 === 1 && d3 % 4 === 0) {
    const quad = { size: x.size / 4, d1, d2, d3: d3 / 4, s0: s0 / 4, s1: s1 / 4, s2: s2 / 4, s3 };
    four.dispatch({ x, y }, quad, lead(d1 * d2 * d3, s0, 4));
  } else {
    one.dispatch({ x, y }, { size: x.size, d1, d2, d3, s0, s1, s2, s3 }, lead(d1 * d2 * d3, s0, 1));
  }
  return record(y, [x], [], (dy) => [rearrange(dy, `${after}->${before}`, length)]);
}

/** Work may be split along the first axis if x keeps that axis first, too. */
function lead(block: number, stride: number, quad: number) {
  if (stride !== block) return {};
  return { slice: { param: 'size' as const, multiple: block / quad, per: { x: quad, y: quad } } };
}

type Groups = readonly (readonly string[])[];

/** 'B (h w)' -> [['B'], ['h', 'w']] */
function parse(side: string): Groups {
  return [...side.matchAll(/\(([^()]*)\)|(\w+)/g)].map(([, group, axis]) =>
    axis ? [axis] : group.trim().split(' '),
  );
}

/** The length of every axis; each group may have one that x determines. */
function solve(
  x: Tensor,
  pattern: string,
  from: Groups,
  sizes: Readonly<Record<string, number>>,
): Record<string, number> {
  const length: Record<string, number> = { ...sizes };
  const misfit = (): never => {
    throw new ShapeError(`rearrange: [${x.shape}] does not fit '${pattern}' with ${JSON.stringify(sizes)}`);
  };
  if (from.length !== x.shape.length) misfit();
  for (const [i, group] of from.entries()) {
    const unknown = group.filter((axis) => !(axis in length));
    const known = sizeOf(group.filter((axis) => axis in length).map((axis) => length[axis]));
    if (unknown.length > 1 || x.shape[i] % known !== 0) misfit();
    if (unknown.length === 1) length[unknown[0]] = x.shape[i] / known;
    else if (known !== x.shape[i]) misfit();
  }
  return length;
}

/** Merges axes that follow each other on both sides. */
function mergeRuns(from: readonly string[], to: readonly string[]): string[][] {
  const runs: string[][] = [];
  for (const axis of to) {
    const run = runs.at(-1);
    if (run && from.indexOf(axis) === from.indexOf(run[run.length - 1]) + 1) run.push(axis);
    else runs.push([axis]);
  }
  return runs;
}
