import { kernelSpec, NdArray } from '../../testing/index.ts';
import { dropBlock } from './drop-block.ts';
import { keptFactors } from './philox.ts';
import { randomKey } from './random.ts';

interface Options {
  readonly rate: number;
  readonly size: number;
  readonly seed: number;
}

const PLACE = 7;

export default kernelSpec({
  name: 'drop-block',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, { rate, size, seed }: Options) =>
    dropBlock(x, { rate, size }, randomKey(x.device, seed), PLACE),

  reference({ x }, { rate, size, seed }) {
    const [batch, height, width] = x.shape;
    const drawn = keptFactors(batch * height * width, rate / size ** 2, seed, PLACE);
    const kept = new Float64Array(batch * height * width).fill(1); // all of it, also where the result is sampled
    for (let b = 0; b < batch; b++) {
      for (let row = 0; row < height; row++) {
        for (let col = 0; col < width; col++) {
          if (drawn[(b * height + row) * width + col] > 0) continue;
          const before = Math.ceil(size / 2) - 1; // blocks of an even side reach further down and to the right
          for (let y = Math.max(0, row - before); y < Math.min(height, row - before + size); y++) {
            for (let c = Math.max(0, col - before); c < Math.min(width, col - before + size); c++) {
              kept[(b * height + y) * width + c] = 0;
            }
          }
        }
      }
    }
    const count = kept.reduce((sum, value) => sum + value, 0);
    return NdArray.fill(
      x.shape,
      (b, row, col, c) =>
        (x.get(b, row, col, c) * kept[(b * height + row) * width + col] * kept.length) / Math.max(count, 1),
    );
  },

  cases: {
    'one position': { inputs: { x: [1, 1, 1, 3] }, options: { rate: 0.3, size: 3, seed: 1 } },
    'one position, dropped': { inputs: { x: [1, 1, 1, 3] }, options: { rate: 0.9, size: 1, seed: 4 } },
    'blocks of 3, two images': { inputs: { x: [2, 9, 11, 5] }, options: { rate: 0.3, size: 3, seed: 2 } },
    'blocks of an even side': { inputs: { x: [1, 12, 7, 4] }, options: { rate: 0.4, size: 4, seed: 5 } },
    'blocks larger than the map': { inputs: { x: [2, 2, 3, 4] }, options: { rate: 0.9, size: 5, seed: 3 } },
    'past 256 KiB': { inputs: { x: [1, 40, 50, 36] }, options: { rate: 0.3, size: 3, seed: 8 } },
  },
  bench: {
    'p3 of GLIP-T at 800x1344': {
      inputs: { x: [1, 100, 168, 256] },
      options: { rate: 0.3, size: 3, seed: 3 },
    },
  },
});
