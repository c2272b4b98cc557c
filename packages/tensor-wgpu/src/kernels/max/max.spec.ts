import { kernelSpec, NdArray } from '../../testing/index.ts';
import { cast } from '../cast/cast.ts';
import type { Axes } from '../reduce/reduce.ts';
import { argmax, max } from './max.ts';

interface Options {
  readonly axes?: Axes;
  /** Also the index of the maximum, for a single axis. */
  readonly index?: boolean;
}

export default kernelSpec({
  name: 'max',
  inputs: ['x'],
  differentiable: ['x'],
  run({ x }, { axes, index }: Options) {
    const largest = max(x, axes);
    return index ? [largest, cast(argmax(x, axes as number), 'f32')] : largest;
  },
  reference({ x }, { axes, index }) {
    const given = [axes ?? [...x.shape.keys()]].flat();
    const list = given.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
    const shape = x.shape.map((length, axis) => (list.includes(axis) ? 1 : length));
    const y = new NdArray(shape, new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(-Infinity));
    const place = new NdArray(shape);
    for (const [flat, value] of x.data.entries()) {
      const at = x.indexOf(flat);
      const own = y.at(...at.map((n, axis) => (list.includes(axis) ? 0 : n)));
      if (value <= y.data[own]) continue;
      y.data[own] = value;
      place.data[own] = axes === undefined ? flat : at[list[0]];
    }
    const outputs = axes === undefined ? [y, place].map(({ data }) => new NdArray([], data)) : [y, place];
    return index ? outputs : outputs[0];
  },
  cases: {
    'one element': { inputs: { x: [1] }, options: { axes: 0, index: true } },
    'the last axis, odd': { inputs: { x: [3, 5, 7] }, options: { axes: -1, index: true } },
    'the first axis': { inputs: { x: [9, 5] }, options: { axes: 0, index: true } },
    'axes apart': { inputs: { x: [3, 5, 7] }, options: { axes: [0, 2] } },
    everything: { inputs: { x: [3, 5, 7] }, options: { index: true } },
    'a long axis in chunks': { inputs: { x: [2, 700, 3] }, options: { axes: 1, index: true } },
    'past 256 KiB': { inputs: { x: [70001] }, options: { index: true } },
    'many rows past 256 KiB': { inputs: { x: [1100, 64] }, options: { axes: 1, index: true } },
  },
  bench: { 'logits of GLIP-T at 800x1344': { inputs: { x: [1, 22400, 256] }, options: { axes: -1 } } },
});
