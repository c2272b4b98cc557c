import { kernelSpec, NdArray } from '../../testing/index.ts';
import { resizeNearestInput } from './resize-nearest-input.ts';

interface Options {
  /** Size of the input. */
  readonly from: readonly [height: number, width: number];
}

export default kernelSpec({
  name: 'resize-nearest-input',
  inputs: ['dy'],
  differentiable: [],
  backwardOf: 'resize-nearest',
  run: ({ dy }, { from }: Options) => resizeNearestInput([dy.dim(0), ...from, dy.dim(3)], dy),
  reference({ dy }, { from: [height, width] }) {
    const [batch, outHeight, outWidth, channels] = dy.shape;
    const dx = new NdArray([batch, height, width, channels]);
    for (const [flat, value] of dy.data.entries()) {
      const [b, y, x, c] = dy.indexOf(flat);
      dx.data[dx.at(b, Math.floor((y * height) / outHeight), Math.floor((x * width) / outWidth), c)] += value;
    }
    return dx;
  },
  cases: {
    'one element': { inputs: { dy: [1, 1, 1, 1] }, options: { from: [1, 1] } },
    'larger by odd factors': { inputs: { dy: [2, 7, 9, 5] }, options: { from: [3, 4] } },
    'smaller: pixels that nobody copied': { inputs: { dy: [1, 4, 3, 4] }, options: { from: [9, 7] } },
    'past a workgroup': { inputs: { dy: [1, 11, 10, 8] }, options: { from: [6, 5] } },
    'images past 256 KiB': { inputs: { dy: [10, 12, 16, 64] }, options: { from: [7, 8] } },
  },
  bench: { 'p4 to p3 at 800x1344': { inputs: { dy: [1, 100, 168, 256] }, options: { from: [50, 84] } } },
});
