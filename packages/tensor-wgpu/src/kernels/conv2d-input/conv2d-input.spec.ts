import { kernelSpec, NdArray } from '../../testing/index.ts';
import type { ConvGeometry } from '../conv2d/conv-shape.ts';
import { conv2dInput } from './conv2d-input.ts';

interface Options extends ConvGeometry {
  /** Of the image. */
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
}

export default kernelSpec({
  name: 'conv2d-input',
  inputs: ['weight', 'dy'],
  differentiable: [],
  backwardOf: 'conv2d',
  run: ({ weight, dy }, { shape, ...geometry }: Options) => conv2dInput(shape, weight, dy, geometry),

  reference({ weight, dy }, { shape, stride = 1, padding = 0, dilation = 1, groups = 1 }) {
    const [batch, height, width] = shape;
    const [outputs, kh, kw, channels] = weight.shape;
    const dx = new NdArray(shape);
    const [, outHeight, outWidth] = dy.shape;
    for (let n = 0; n < batch; n++) {
      for (let h = 0; h < outHeight; h++) {
        for (let w = 0; w < outWidth; w++) {
          for (let i = 0; i < kh; i++) {
            for (let j = 0; j < kw; j++) {
              const [row, col] = [h * stride - padding + i * dilation, w * stride - padding + j * dilation];
              if (row < 0 || col < 0 || row >= height || col >= width) continue;
              for (let o = 0; o < outputs; o++) {
                const first = Math.floor(o / (outputs / groups)) * channels;
                for (let c = 0; c < channels; c++) {
                  const at = ((n * height + row) * width + col) * channels * groups + first + c;
                  dx.data[at] += dy.get(n, h, w, o) * weight.get(o, i, j, c);
                }
              }
            }
          }
        }
      }
    }
    return dx;
  },
  tolerance: { rtol: 1e-5, atol: 4e-6, because: 'up to 612 terms of size 1: 4 √K 2^-24' },

  cases: {
    'one element': { inputs: { weight: [1, 1, 1, 1], dy: [1, 1, 1, 1] }, options: { shape: [1, 1, 1, 1] } },
    'odd sizes, stride 2': {
      inputs: { weight: [5, 3, 3, 3], dy: [2, 3, 4, 5] },
      options: { shape: [2, 5, 7, 3], padding: 1, stride: 2 },
    },
    'quads, dilated': {
      inputs: { weight: [12, 3, 3, 8], dy: [1, 9, 6, 12] },
      options: { shape: [1, 9, 6, 8], padding: 2, dilation: 2 },
    },
    'pixels that no kernel position sees': {
      inputs: { weight: [4, 1, 1, 4], dy: [1, 2, 2, 4] },
      options: { shape: [1, 6, 5, 4], stride: 3 },
    },
    'kernel of 2 x 3 at stride 3, dilated by 2': {
      inputs: { weight: [3, 2, 3, 2], dy: [2, 3, 3, 3] },
      options: { shape: [2, 8, 9, 2], stride: 3, dilation: 2, padding: 1 },
    },
    groups: {
      inputs: { weight: [12, 3, 3, 4], dy: [2, 4, 5, 12] },
      options: { shape: [2, 4, 5, 8], padding: 1, groups: 2 },
    },
    'past a tile': {
      inputs: { weight: [4, 3, 3, 68], dy: [1, 11, 13, 4] },
      options: { shape: [1, 11, 13, 68], padding: 1 },
    },
    'long sums': {
      inputs: { weight: [68, 3, 3, 5], dy: [1, 3, 4, 68] },
      options: { shape: [1, 3, 4, 5], padding: 1 },
    },
    'f16 weights': {
      inputs: { weight: { shape: [5, 3, 3, 4], dtype: 'f16' }, dy: [1, 3, 4, 5] },
      options: { shape: [1, 3, 4, 4], padding: 1 },
    },
    'images past 256 KiB': {
      inputs: { weight: [8, 1, 1, 8], dy: [3, 60, 60, 8] },
      options: { shape: [3, 60, 60, 8] },
    },
  },
  bench: {
    'fpn 3x3 at 50x84': {
      inputs: { weight: [256, 3, 3, 256], dy: [1, 50, 84, 256] },
      options: { shape: [1, 50, 84, 256], padding: 1 },
    },
    'fpn p6 of 50x84': {
      inputs: { weight: [256, 3, 3, 256], dy: [1, 13, 21, 256] },
      options: { shape: [1, 25, 42, 256], padding: 1, stride: 2 },
    },
  },
});
