import { kernelSpec, NdArray } from '../../testing/index.ts';
import { mean, sum } from './reduce.ts';

interface Options {
  readonly axes: readonly [first: number, last: number];
  readonly mean?: boolean;
}

export default kernelSpec({
  name: 'reduce',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, { axes, mean: isMean }: Options) => (isMean ? mean(x, axes) : sum(x, axes)),
  reference({ x }, { axes: [first, last], mean: isMean }) {
    const inside = (axis: number): boolean => axis >= first && axis <= last;
    const y = new NdArray(x.shape.map((length, axis) => (inside(axis) ? 1 : length)));
    let count = 1;
    for (let axis = first; axis <= last; axis++) count *= x.shape[axis];
    for (const [flat, value] of x.data.entries()) {
      const at = x.indexOf(flat).map((n, axis) => (inside(axis) ? 0 : n));
      y.data[y.at(...at)] += value / (isMean ? count : 1);
    }
    return y;
  },
  tolerance: { rtol: 1e-5, atol: 2e-5, because: 'sums of up to 1100 values of size 1' },
  cases: {
    'one element': { inputs: { x: [1] }, options: { axes: [0, 0] } },
    'the last axis, odd': { inputs: { x: [3, 5, 7] }, options: { axes: [2, 2] } },
    'the first axis': { inputs: { x: [9, 5] }, options: { axes: [0, 0] } },
    pixels: { inputs: { x: [2, 5, 6, 3] }, options: { axes: [1, 2], mean: true } },
    'a long axis in chunks': { inputs: { x: [2, 700, 3] }, options: { axes: [1, 1], mean: true } },
    'images past 256 KiB': { inputs: { x: [12, 90, 64] }, options: { axes: [1, 1] } },
    'many rows past 256 KiB': { inputs: { x: [1100, 64] }, options: { axes: [0, 0] } },
    'few rows past 256 KiB': { inputs: { x: [20, 7936] }, options: { axes: [0, 0] } },
  },
  bench: {
    'p3 of GLIP-T at 800x1344': { inputs: { x: [1, 100, 168, 256] }, options: { axes: [1, 2], mean: true } },
  },
});
