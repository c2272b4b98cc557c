import { kernelSpec, NdArray } from '../../testing/index.ts';
import { affine } from '../elementwise/elementwise.ts';
import { channelMoments } from './channel-moments.ts';

interface Options {
  /** Added to x. */
  readonly shift?: number;
}

export default kernelSpec({
  name: 'channel-moments',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, { shift = 0 }: Options) => channelMoments(shift === 0 ? x : affine(x, 1, shift)),
  reference({ x }, { shift = 0 }) {
    const [batch, height, width, channels] = x.shape;
    const pixels = height * width;
    const moments = new NdArray([batch, 2, channels]);
    for (let b = 0; b < batch; b++) {
      for (let c = 0; c < channels; c++) {
        const values = Array.from(
          { length: pixels },
          (_, i) => x.data[(b * pixels + i) * channels + c] + shift,
        );
        const mean = values.reduce((sum, value) => sum + value, 0) / pixels;
        moments.data[moments.at(b, 0, c)] = mean;
        moments.data[moments.at(b, 1, c)] =
          values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels;
      }
    }
    return moments;
  },
  tolerance: { atol: 4e-6, because: 'x + shift is rounded to f32 before its moments are taken' },
  cases: {
    'one element': { inputs: { x: [1, 1, 1, 1] }, options: {} },
    'odd sizes': { inputs: { x: [2, 5, 3, 7] }, options: {} },
    'several chunks of quads': { inputs: { x: [2, 13, 11, 12] }, options: {} },
    'a mean far larger than the deviation': { inputs: { x: [1, 20, 30, 4] }, options: { shift: 1000 } },
    'images past 256 KiB': { inputs: { x: [12, 14, 14, 32] }, options: {} },
  },
  bench: { 'p3 of GLIP-T at 800x1344': { inputs: { x: [1, 100, 168, 256] }, options: {} } },
});
