import { kernelSpec, NdArray } from '../../testing/index.ts';
import { windowMerge, windowPartition } from './windows.ts';

interface Options {
  readonly window: number;
  readonly shift: number;
  /** Merge windows into a map of this size; partition a map by default. */
  readonly merge?: readonly [height: number, width: number];
}

export default kernelSpec({
  name: 'windows',
  inputs: ['x', 'residual'],
  differentiable: ['x', 'residual'],
  run: ({ x, residual }, { window, shift, merge }: Options) =>
    merge
      ? windowMerge(x, { window, shift, height: merge[0], width: merge[1], residual })
      : windowPartition(x, { window, shift }),

  reference({ x, residual }, { window, shift, merge }) {
    const [height, width] = merge ?? [x.shape[1], x.shape[2]];
    const [down, across] = [Math.ceil(height / window), Math.ceil(width / window)];
    if (merge) {
      const batch = x.shape[0] / (down * across);
      return NdArray.fill([batch, height, width, x.shape[2]], (b, h, w, c) => {
        const row = (h - shift + down * window) % (down * window);
        const col = (w - shift + across * window) % (across * window);
        const index = (b * down + Math.floor(row / window)) * across + Math.floor(col / window);
        const value = x.get(index, (row % window) * window + (col % window), c);
        return value + (residual ? residual.get(b, h, w, c) : 0);
      });
    }
    const [batch, , , channels] = x.shape;
    return NdArray.fill([batch * down * across, window * window, channels], (n, token, c) => {
      const at = n % (down * across);
      const row = Math.floor(at / across) * window + Math.floor(token / window);
      const col = (at % across) * window + (token % window);
      const [h, w] = [(row + shift) % (down * window), (col + shift) % (across * window)];
      return h < height && w < width ? x.get(Math.floor(n / (down * across)), h, w, c) : 0;
    });
  },
  cases: {
    'one element': { inputs: { x: [1, 1, 1, 1] }, options: { window: 1, shift: 0 } },
    'odd sizes, shifted': { inputs: { x: [2, 5, 8, 3] }, options: { window: 3, shift: 1 } },
    quads: { inputs: { x: [1, 7, 14, 8] }, options: { window: 7, shift: 3 } },
    'smaller than a window': { inputs: { x: [1, 2, 3, 4] }, options: { window: 5, shift: 2 } },
    'merged, odd': { inputs: { x: [12, 9, 3] }, options: { window: 3, shift: 1, merge: [5, 8] } },
    'merged with a residual': {
      inputs: { x: [2, 49, 8], residual: [1, 7, 14, 8] },
      options: { window: 7, shift: 3, merge: [7, 14] },
    },
    'images past 256 KiB': { inputs: { x: [12, 14, 14, 32] }, options: { window: 7, shift: 3 } },
    'merged images past 256 KiB': {
      inputs: { x: [48, 49, 32], residual: [12, 14, 14, 32] },
      options: { window: 7, shift: 3, merge: [14, 14] },
    },
  },
  bench: {
    'swin-t stage 1 at 800x1344': { inputs: { x: [1, 200, 336, 96] }, options: { window: 7, shift: 3 } },
  },
});
