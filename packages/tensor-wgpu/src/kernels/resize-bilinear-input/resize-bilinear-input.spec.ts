import { kernelSpec, NdArray } from '../../testing/index.ts';
import { resizeBilinearInput } from './resize-bilinear-input.ts';

interface Options {
  /** Size of the input. */
  readonly from: readonly [height: number, width: number];
}

export default kernelSpec({
  name: 'resize-bilinear-input',
  inputs: ['dy'],
  differentiable: [],
  backwardOf: 'resize-bilinear',
  run: ({ dy }, { from }: Options) => resizeBilinearInput([dy.dim(0), ...from, dy.dim(3)], dy),
  reference({ dy }, { from: [height, width] }) {
    const [batch, outHeight, outWidth, channels] = dy.shape;
    const dx = new NdArray([batch, height, width, channels]);
    const step = (from: number, size: number): number => (size > 1 ? (from - 1) / (size - 1) : 0);
    for (const [flat, value] of dy.data.entries()) {
      const [b, y, x, c] = dy.indexOf(flat);
      const [row, col] = [y * step(height, outHeight), x * step(width, outWidth)];
      const [top, left] = [Math.min(Math.floor(row), height - 1), Math.min(Math.floor(col), width - 1)];
      const [below, right] = [Math.min(top + 1, height - 1), Math.min(left + 1, width - 1)];
      const [down, across] = [row - top, col - left];
      dx.data[dx.at(b, top, left, c)] += (1 - down) * (1 - across) * value;
      dx.data[dx.at(b, top, right, c)] += (1 - down) * across * value;
      dx.data[dx.at(b, below, left, c)] += down * (1 - across) * value;
      dx.data[dx.at(b, below, right, c)] += down * across * value;
    }
    return dx;
  },
  tolerance: { atol: 1e-5, because: 'positions are f32 products: their fractions carry their rounding' },
  cases: {
    'one element': { inputs: { dy: [1, 1, 1, 1] }, options: { from: [1, 1] } },
    'larger by odd factors': { inputs: { dy: [2, 7, 9, 5] }, options: { from: [3, 4] } },
    'smaller: pixels that nobody took': { inputs: { dy: [1, 4, 3, 4] }, options: { from: [19, 17] } },
    'from one pixel, and to one row': { inputs: { dy: [2, 3, 5, 3] }, options: { from: [1, 4] } },
    'to one row': { inputs: { dy: [1, 1, 3, 4] }, options: { from: [9, 7] } },
    'a step that rounds': { inputs: { dy: [1, 37, 1, 4] }, options: { from: [13, 1] } },
    'past a workgroup': { inputs: { dy: [1, 11, 10, 8] }, options: { from: [6, 5] } },
    'images past 256 KiB': { inputs: { dy: [10, 12, 16, 64] }, options: { from: [7, 8] } },
  },
  bench: { 'p4 to p3 at 800x1344': { inputs: { dy: [1, 100, 168, 256] }, options: { from: [50, 84] } } },
});
