import { kernelSpec, NdArray } from '../../testing/index.ts';
import { resizeBilinear } from './resize-bilinear.ts';

export default kernelSpec({
  name: 'resize-bilinear',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, { to }: { to: readonly [number, number] }) => resizeBilinear(x, ...to),
  reference({ x }, { to }) {
    const [batch, height, width, channels] = x.shape;
    const step = (from: number, size: number): number => (size > 1 ? (from - 1) / (size - 1) : 0);
    return NdArray.fill([batch, ...to, channels], (b, h, w, c) => {
      const [row, col] = [h * step(height, to[0]), w * step(width, to[1])];
      const [top, left] = [Math.min(Math.floor(row), height - 1), Math.min(Math.floor(col), width - 1)];
      const [below, right] = [Math.min(top + 1, height - 1), Math.min(left + 1, width - 1)];
      const mix = (p: number, q: number, t: number): number => p + (q - p) * t;
      return mix(
        mix(x.get(b, top, left, c), x.get(b, top, right, c), col - left),
        mix(x.get(b, below, left, c), x.get(b, below, right, c), col - left),
        row - top,
      );
    });
  },
  tolerance: { atol: 4e-6, because: 'positions are f32 products: their fractions carry their rounding' },
  cases: {
    'one element': { inputs: { x: [1, 1, 1, 1] }, options: { to: [1, 1] } },
    'one pixel to many': { inputs: { x: [2, 1, 1, 3] }, options: { to: [3, 2] } },
    'larger by odd factors': { inputs: { x: [2, 3, 4, 5] }, options: { to: [7, 9] } },
    'smaller, and to one row': { inputs: { x: [1, 9, 7, 4] }, options: { to: [1, 3] } },
    'past a workgroup': { inputs: { x: [1, 6, 5, 8] }, options: { to: [11, 10] } },
    'images past 256 KiB': { inputs: { x: [10, 7, 8, 64] }, options: { to: [12, 16] } },
  },
  bench: { 'p4 to p3 at 800x1344': { inputs: { x: [1, 50, 84, 256] }, options: { to: [100, 168] } } },
});
