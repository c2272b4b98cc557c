import { kernelSpec, NdArray } from '../../testing/index.ts';
import { type Axes, mean, sum } from './reduce.ts';

interface Options {
  /** All by default. */
  readonly axes?: Axes;
  readonly mean?: boolean;
}

export default kernelSpec({
  name: 'reduce',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, { axes, mean: isMean }: Options) => (isMean ? mean(x, axes) : sum(x, axes)),
  reference({ x }, { axes, mean: isMean }) {
    const given = [axes ?? [...x.shape.keys()]].flat();
    const list = given.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
    const y = new NdArray(x.shape.map((length, axis) => (list.includes(axis) ? 1 : length)));
    const count = list.reduce((product, axis) => product * x.shape[axis], 1);
    for (const [flat, value] of x.data.entries()) {
      const at = x.indexOf(flat).map((n, axis) => (list.includes(axis) ? 0 : n));
      y.data[y.at(...at)] += value / (isMean ? count : 1);
    }
    return axes === undefined ? new NdArray([], y.data) : y;
  },
  tolerance: { rtol: 1e-5, atol: 2e-5, because: 'sums of up to 1100 values of size 1' },
  cases: {
    'one element': { inputs: { x: [1] }, options: { axes: [0] } },
    'the last axis, odd': { inputs: { x: [3, 5, 7] }, options: { axes: -1 } },
    'the first axis': { inputs: { x: [9, 5] }, options: { axes: [0] } },
    pixels: { inputs: { x: [2, 5, 6, 3] }, options: { axes: [1, 2], mean: true } },
    'axes apart': { inputs: { x: [3, 5, 7] }, options: { axes: [0, 2] } },
    'axes apart, in any order': { inputs: { x: [2, 3, 4, 5] }, options: { axes: [-1, 0, 1], mean: true } },
    'axes apart, with one of length 1 between': { inputs: { x: [6, 1, 5, 2] }, options: { axes: [0, 2] } },
    everything: { inputs: { x: [3, 5, 7] }, options: {} },
    'the mean of everything': { inputs: { x: [70001] }, options: { mean: true } },
    'no axes': { inputs: { x: [3, 5] }, options: { axes: [] } },
    'a long axis in chunks': { inputs: { x: [2, 700, 3] }, options: { axes: [1], mean: true } },
    'images past 256 KiB': { inputs: { x: [12, 90, 64] }, options: { axes: [1] } },
    'many rows past 256 KiB': { inputs: { x: [1100, 64] }, options: { axes: [0] } },
    'few rows past 256 KiB': { inputs: { x: [20, 7936] }, options: { axes: [0] } },
    'one image past 256 KiB': { inputs: { x: [2, 751, 131] }, options: { axes: [1] } },
    'one image of quads past 256 KiB': { inputs: { x: [3, 600, 128] }, options: { axes: [1], mean: true } },
    'rows that end nowhere near where a binding may start': {
      inputs: { x: [3, 90, 931] },
      options: { axes: [1] },
    },
    'one long row past 256 KiB, among others': {
      inputs: { x: [2, 70001] },
      options: { axes: [1], mean: true },
    },
    'short rows': { inputs: { x: [700, 11] }, options: { axes: [1] } },
    'rows of quads': { inputs: { x: [6, 9, 8] }, options: { axes: [1] } },
    nothing: { inputs: { x: [3, 0] }, options: { axes: [1] } },
  },
  bench: {
    'bias gradient of swin-t stage 1 at 800x1344': { inputs: { x: [67200, 288] }, options: { axes: [0] } },
    '8000 rows of 1000': { inputs: { x: [8000, 1000] }, options: { axes: [1] } },
    'p3 of GLIP-T at 800x1344': { inputs: { x: [1, 100, 168, 256] }, options: { axes: [1, 2], mean: true } },
  },
});
