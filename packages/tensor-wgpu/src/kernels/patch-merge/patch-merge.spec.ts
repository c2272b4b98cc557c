import { kernelSpec, NdArray } from '../../testing/index.ts';
import { patchMerge } from './patch-merge.ts';

export default kernelSpec({
  name: 'patch-merge',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }) => patchMerge(x),
  reference({ x }) {
    const [batch, height, width, channels] = x.shape;
    return NdArray.fill([batch, Math.ceil(height / 2), Math.ceil(width / 2), 4 * channels], (b, h, w, c) => {
      const quarter = Math.floor(c / channels);
      const [row, col] = [2 * h + (quarter % 2), 2 * w + Math.floor(quarter / 2)];
      return row < height && col < width ? x.get(b, row, col, c % channels) : 0;
    });
  },
  cases: {
    'one element': { inputs: { x: [1, 1, 1, 1] }, options: {} },
    'odd sizes': { inputs: { x: [2, 5, 3, 3] }, options: {} },
    'even sizes, past a workgroup': { inputs: { x: [1, 6, 8, 4] }, options: {} },
    'images past 256 KiB': { inputs: { x: [12, 9, 11, 64] }, options: {} },
  },
  bench: { 'swin-t stage 1 at 800x1344': { inputs: { x: [1, 200, 336, 96] }, options: {} } },
});
