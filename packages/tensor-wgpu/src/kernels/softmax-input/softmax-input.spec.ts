import { kernelSpec, NdArray, sum } from '../../testing/index.ts';
import { softmaxInput } from './softmax-input.ts';

export default kernelSpec({
  name: 'softmax-input',
  inputs: ['y', 'dy'],
  differentiable: [],
  backwardOf: 'softmax',
  run: ({ y, dy }) => softmaxInput(y, dy),
  reference({ y, dy }) {
    const cols = y.dim(-1);
    const dx = new NdArray(y.shape);
    for (let start = 0; start < y.data.length; start += cols) {
      const row = y.data.subarray(start, start + cols);
      const slopes = dy.data.subarray(start, start + cols);
      const shared = sum(row.map((value, c) => value * slopes[c]));
      row.forEach((value, c) => {
        dx.data[start + c] = value * (slopes[c] - shared);
      });
    }
    return dx;
  },
  tolerance: { rtol: 1e-5, atol: 1e-5, because: 'sums of 300 values of size 1' },
  cases: {
    'one element': { inputs: { y: [1, 1], dy: [1, 1] }, options: {} },
    'odd width': { inputs: { y: [3, 5, 7], dy: [3, 5, 7] }, options: {} },
    quads: { inputs: { y: [5, 12], dy: [5, 12] }, options: {} },
    'wider than a workgroup': { inputs: { y: [2, 301], dy: [2, 301] }, options: {} },
    'rows past 256 KiB': { inputs: { y: [1100, 64], dy: [1100, 64] }, options: {} },
  },
  bench: { '8000 rows of 1000': { inputs: { y: [8000, 1000], dy: [8000, 1000] }, options: {} } },
});
