import { kernelSpec, NdArray, sum } from '../../testing/index.ts';
import { crossEntropyInput } from './cross-entropy-input.ts';

export default kernelSpec({
  name: 'cross-entropy-input',
  inputs: ['x', 'targets', 'dy'],
  differentiable: [],
  backwardOf: 'cross-entropy',
  run: ({ x, targets, dy }) => crossEntropyInput(x, targets, dy),
  reference({ x, targets, dy }) {
    const [rows, cols] = x.shape;
    const dx = new NdArray([rows, cols]);
    for (let r = 0; r < rows; r++) {
      const powers = Array.from({ length: cols }, (_, c) => Math.exp(x.get(r, c)));
      const target = targets.get(r);
      if (target >= cols) continue;
      for (let c = 0; c < cols; c++) {
        dx.data[r * cols + c] = dy.get(r) * (powers[c] / sum(powers) - Number(c === target));
      }
    }
    return dx;
  },
  cases: {
    'odd rows': { inputs: { x: [5, 7], targets: { shape: [5], below: 7 }, dy: [5] } },
    'rows of quads, some without a class': {
      inputs: { x: [9, 8], targets: { shape: [9], below: 12 }, dy: [9] },
    },
    'past 256 KiB': { inputs: { x: [1100, 64], targets: { shape: [1100], below: 64 }, dy: [1100] } },
  },
  bench: {
    'a thousand classes': { inputs: { x: [256, 1000], targets: { shape: [256], below: 1000 }, dy: [256] } },
  },
});
