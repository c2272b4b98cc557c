import { kernelSpec, NdArray } from '../../testing/index.ts';
import { resizeNearest } from './resize-nearest.ts';

export default kernelSpec({
  name: 'resize-nearest',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, { to }: { to: readonly [number, number] }) => resizeNearest(x, ...to),
  reference({ x }, { to }) {
    const [batch, height, width, channels] = x.shape;
    return NdArray.fill([batch, ...to, channels], (b, h, w, c) =>
      x.get(b, Math.floor((h * height) / to[0]), Math.floor((w * width) / to[1]), c),
    );
  },
  cases: {
    'one element': { inputs: { x: [1, 1, 1, 1] }, options: { to: [1, 1] } },
    'larger by odd factors': { inputs: { x: [2, 3, 4, 5] }, options: { to: [7, 9] } },
    smaller: { inputs: { x: [1, 9, 7, 4] }, options: { to: [4, 3] } },
    'past a workgroup': { inputs: { x: [1, 6, 5, 8] }, options: { to: [11, 10] } },
    'images past 256 KiB': { inputs: { x: [10, 7, 8, 64] }, options: { to: [12, 16] } },
  },
  bench: { 'p4 to p3 at 800x1344': { inputs: { x: [1, 50, 84, 256] }, options: { to: [100, 168] } } },
});
