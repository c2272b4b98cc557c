import { kernelSpec, NdArray } from '../../testing/index.ts';
import { affine } from '../elementwise/elementwise.ts';
import { softmax } from './softmax.ts';

interface Options {
  readonly scale?: number;
  readonly shift?: number;
}

const LOWEST = -3.4028234663852886e38; // PyTorch's finfo(float32).min, a usual mask

export default kernelSpec({
  name: 'softmax',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, { scale = 1, shift = 0 }: Options) =>
    softmax(scale === 1 && shift === 0 ? x : affine(x, scale, shift)),

  reference({ x }, { scale = 1, shift = 0 }) {
    const cols = x.dim(-1);
    const y = new NdArray(x.shape);
    for (let start = 0; start < x.data.length; start += cols) {
      const row = x.data.subarray(start, start + cols).map((value) => scale * value + shift);
      const most = Math.max(...row);
      const total = row.reduce((sum, value) => sum + Math.exp(value - most), 0);
      row.forEach((value, c) => {
        y.data[start + c] = Math.exp(value - most) / total;
      });
    }
    return y;
  },

  cases: {
    'one element': { inputs: { x: [1, 1] }, options: {} },
    'odd width': { inputs: { x: [3, 5, 7] }, options: {} },
    quads: { inputs: { x: [5, 12] }, options: {} },
    'wider than a workgroup': { inputs: { x: [2, 300] }, options: {} },
    'blocks of each lane, and a rest': { inputs: { x: [2, 1101] }, options: { scale: 9 } },
    'blocks of quads, and a quad': { inputs: { x: [3, 1028] }, options: { scale: -9 } },
    'values as large as masks': { inputs: { x: [4, 9] }, options: { scale: 9e15 } },
    'rows masked throughout': { inputs: { x: [3, 9] }, options: { scale: 0, shift: -9e15 } },
    'rows of the lowest number': { inputs: { x: [3, 8] }, options: { scale: 0, shift: LOWEST } },
    'blocks of the lowest number': { inputs: { x: [2, 20] }, options: { scale: 0, shift: LOWEST } },
    'rows past 256 KiB': { inputs: { x: [1100, 64] }, options: {} },
  },
  bench: { '8000 rows of 1000': { inputs: { x: [8000, 1000] }, options: {} } },
});
