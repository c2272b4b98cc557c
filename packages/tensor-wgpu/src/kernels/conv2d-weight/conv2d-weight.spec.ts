import { kernelSpec, NdArray } from '../../testing/index.ts';
import type { ConvGeometry } from '../conv2d/conv-shape.ts';
import { conv2dWeight } from './conv2d-weight.ts';

interface Options extends ConvGeometry {
  /** Of the weight. */
  readonly shape: readonly [outputs: number, height: number, width: number, channels: number];
}

export default kernelSpec({
  name: 'conv2d-weight',
  inputs: ['x', 'dy'],
  differentiable: [],
  backwardOf: 'conv2d',
  run: ({ x, dy }, { shape, ...geometry }: Options) => conv2dWeight(x, shape, dy, geometry),

  reference({ x, dy }, { shape, stride = 1, padding = 0, dilation = 1, groups = 1 }) {
    const [batch, height, width] = x.shape;
    const [, outHeight, outWidth, outputs] = dy.shape;
    return NdArray.fill(shape, (o, i, j, c) => {
      const channel = Math.floor(o / (outputs / groups)) * shape[3] + c;
      let total = 0;
      for (let n = 0; n < batch; n++) {
        for (let h = 0; h < outHeight; h++) {
          for (let w = 0; w < outWidth; w++) {
            const [row, col] = [h * stride - padding + i * dilation, w * stride - padding + j * dilation];
            if (row < 0 || col < 0 || row >= height || col >= width) continue;
            total += x.get(n, row, col, channel) * dy.get(n, h, w, o);
          }
        }
      }
      return total;
    });
  },
  tolerance: {
    rtol: 1e-5,
    atol: 1e-4,
    because: 'up to 10800 terms, sums past 50: half an ulp of the sum for each',
  },

  cases: {
    'one element': { inputs: { x: [1, 1, 1, 1], dy: [1, 1, 1, 1] }, options: { shape: [1, 1, 1, 1] } },
    'odd sizes, stride 2': {
      inputs: { x: [2, 5, 7, 3], dy: [2, 3, 4, 5] },
      options: { shape: [5, 3, 3, 3], padding: 1, stride: 2 },
    },
    'quads, dilated': {
      inputs: { x: [1, 9, 6, 8], dy: [1, 9, 6, 12] },
      options: { shape: [12, 3, 3, 8], padding: 2, dilation: 2 },
    },
    'kernel of 2 x 3 at stride 3, dilated by 2': {
      inputs: { x: [2, 8, 9, 2], dy: [2, 3, 3, 3] },
      options: { shape: [3, 2, 3, 2], stride: 3, dilation: 2, padding: 1 },
    },
    groups: {
      inputs: { x: [2, 4, 5, 8], dy: [2, 4, 5, 12] },
      options: { shape: [12, 3, 3, 4], padding: 1, groups: 2 },
    },
    'past a tile': {
      inputs: { x: [1, 5, 6, 68], dy: [1, 5, 6, 36] },
      options: { shape: [36, 3, 3, 68], padding: 1 },
    },
    'f16 images': {
      inputs: { x: { shape: [1, 5, 7, 4], dtype: 'f16' }, dy: [1, 5, 7, 3] },
      options: { shape: [3, 3, 3, 4], padding: 1 },
    },
    'images past 256 KiB': {
      inputs: { x: [3, 60, 60, 8], dy: [3, 60, 60, 8] },
      options: { shape: [8, 1, 1, 8] },
    },
  },
  bench: {
    'fpn 3x3 at 50x84': {
      inputs: { x: [1, 50, 84, 256], dy: [1, 50, 84, 256] },
      options: { shape: [256, 3, 3, 256], padding: 1 },
    },
    'fpn p6 of 50x84': {
      inputs: { x: [1, 25, 42, 256], dy: [1, 13, 21, 256] },
      options: { shape: [256, 3, 3, 256], padding: 1, stride: 2 },
    },
  },
});
