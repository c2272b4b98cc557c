import { kernelSpec, NdArray } from '../../testing/index.ts';
import { channelMomentsInput } from './channel-moments-input.ts';

const shapes = (batch: number, height: number, width: number, channels: number) => ({
  inputs: {
    x: [batch, height, width, channels],
    moments: [batch, 2, channels],
    dy: [batch, 2, channels],
  },
  options: {},
});

export default kernelSpec({
  name: 'channel-moments-input',
  inputs: ['x', 'moments', 'dy'],
  differentiable: [],
  backwardOf: 'channel-moments',
  run: ({ x, moments, dy }) => channelMomentsInput(x, moments, dy),
  reference({ x, moments, dy }) {
    const pixels = x.dim(1) * x.dim(2);
    return NdArray.fill(
      x.shape,
      (b, h, w, c) =>
        (dy.get(b, 0, c) + 2 * dy.get(b, 1, c) * (x.get(b, h, w, c) - moments.get(b, 0, c))) / pixels,
    );
  },
  cases: {
    'one element': shapes(1, 1, 1, 1),
    'odd sizes': shapes(2, 5, 3, 7),
    'several chunks of quads': shapes(2, 13, 11, 12),
    'images past 256 KiB': shapes(12, 14, 14, 32),
  },
  bench: { 'p3 of GLIP-T at 800x1344': shapes(1, 100, 168, 256) },
});
