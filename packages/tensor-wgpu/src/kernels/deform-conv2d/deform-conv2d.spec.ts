import { kernelSpec, NdArray } from '../../testing/index.ts';
import { affine } from '../elementwise/elementwise.ts';
import { deformConv2d } from './deform-conv2d.ts';
import type { DeformGeometry } from './deform-shape.ts';

interface Options extends DeformGeometry {
  /** Factor of the samples, which are below 1 otherwise. */
  readonly reach?: number;
}

export default kernelSpec({
  name: 'deform-conv2d',
  inputs: ['x', 'weight', 'samples', 'bias'],
  differentiable: ['x', 'weight', 'samples', 'bias'],
  run: ({ x, weight, samples, bias }, { reach, ...options }: Options) =>
    deformConv2d(x, weight, reach ? affine(samples, reach, 0) : samples, { ...options, bias }),

  reference({ x, weight, samples, bias }, options) {
    const { stride = 1, padding = 0, dilation = 1, groups = 1, deformableGroups = 1, reach = 1 } = options;
    const [batch, height, width, total] = x.shape;
    const [outputs, kh, kw, channels] = weight.shape;
    const out = (size: number, k: number): number =>
      Math.floor((size + 2 * padding - dilation * (k - 1) - 1) / stride) + 1;
    const [outHeight, outWidth] = [out(height, kh), out(width, kw)];
    const [, planes, sampleHeight, sampleWidth] = samples.shape;
    const masks = 2 * deformableGroups * kh * kw * sampleHeight * sampleWidth;
    const pixel = (n: number, row: number, col: number, c: number): number =>
      row < 0 || col < 0 || row >= height || col >= width ? 0 : x.get(n, row, col, c);

    return NdArray.fill([batch, outHeight, outWidth, outputs], (n, h, w, o) => {
      const group = Math.floor(o / (outputs / groups));
      const flat = n * planes * sampleHeight * sampleWidth;
      let sum = bias ? bias.data[o] : 0;
      for (let tap = 0; tap < kh * kw; tap++) {
        for (let c = 0; c < channels; c++) {
          const channel = group * channels + c;
          const plane = Math.floor(channel / (total / deformableGroups)) * kh * kw + tap;
          const at = (start: number, p: number): number =>
            reach * samples.data[flat + start + p * outHeight * outWidth + h * outWidth + w];
          const row = h * stride - padding + Math.floor(tap / kw) * dilation + at(0, 2 * plane);
          const col = w * stride - padding + (tap % kw) * dilation + at(0, 2 * plane + 1);
          if (row <= -1 || col <= -1 || row >= height || col >= width) continue;
          const [y0, x0] = [Math.floor(row), Math.floor(col)];
          const [fy, fx] = [row - y0, col - x0];
          const value =
            (1 - fy) * (1 - fx) * pixel(n, y0, x0, channel) +
            (1 - fy) * fx * pixel(n, y0, x0 + 1, channel) +
            fy * (1 - fx) * pixel(n, y0 + 1, x0, channel) +
            fy * fx * pixel(n, y0 + 1, x0 + 1, channel);
          sum += value * at(masks, plane) * weight.get(o, Math.floor(tap / kw), tap % kw, c);
        }
      }
      return sum;
    });
  },
  tolerance: { atol: 1e-5, because: 'bilinear weights are differences of f32 coordinates' },

  cases: {
    'one element': { inputs: { x: [1, 1, 1, 1], weight: [1, 1, 1, 1], samples: [1, 3, 1, 1] }, options: {} },
    'odd sizes': {
      inputs: { x: [2, 5, 7, 3], weight: [5, 3, 3, 3], samples: [2, 27, 5, 7], bias: [5] },
      options: { padding: 1 },
    },
    'stride 2': {
      inputs: { x: [1, 7, 9, 8], weight: [12, 3, 3, 8], samples: [1, 27, 4, 5], bias: [12] },
      options: { padding: 1, stride: 2 },
    },
    'offsets of up to four pixels, many out of the image': {
      inputs: { x: [2, 5, 4, 4], weight: [8, 3, 3, 4], samples: [2, 27, 5, 4], bias: [8] },
      options: { padding: 1, reach: 4 },
    },
    'samples larger than the result': {
      inputs: { x: [2, 3, 4, 4], weight: [4, 3, 3, 4], samples: [2, 27, 5, 7] },
      options: { padding: 1 },
    },
    'two groups of two deformable groups': {
      inputs: { x: [1, 4, 5, 16], weight: [8, 3, 3, 8], samples: [1, 108, 4, 5] },
      options: { padding: 1, groups: 2, deformableGroups: 4 },
    },
    'four groups of one deformable group': {
      inputs: { x: [1, 4, 5, 8], weight: [8, 3, 3, 2], samples: [1, 54, 4, 5] },
      options: { padding: 1, groups: 4, deformableGroups: 2 },
    },
    'f16, odd sizes': {
      inputs: {
        x: { shape: [2, 5, 7, 3], dtype: 'f16' },
        weight: { shape: [5, 3, 3, 3], dtype: 'f16' },
        samples: [2, 27, 5, 7],
        bias: [5],
      },
      options: { padding: 1 },
    },
    'f16 weights in quads': {
      inputs: { x: [1, 7, 9, 8], weight: { shape: [12, 3, 3, 8], dtype: 'f16' }, samples: [1, 27, 4, 5] },
      options: { padding: 1, stride: 2 },
    },
    'q8 weights, odd sizes': {
      inputs: {
        x: [2, 5, 7, 3],
        weight: { shape: [5, 3, 3, 3], dtype: 'q8' },
        samples: [2, 27, 5, 7],
        bias: [5],
      },
      options: { padding: 1 },
    },
    'q8 weights in quads, two scales a tap': {
      inputs: { x: [1, 5, 6, 40], weight: { shape: [12, 3, 3, 40], dtype: 'q8' }, samples: [1, 27, 5, 6] },
      options: { padding: 1 },
    },
    'q8 weights, two groups of two deformable groups, whose channels share scales': {
      inputs: { x: [1, 4, 5, 16], weight: { shape: [8, 3, 3, 8], dtype: 'q8' }, samples: [1, 108, 4, 5] },
      options: { padding: 1, groups: 2, deformableGroups: 4 },
    },
    'q8 weights, deformable groups of odd channels': {
      inputs: { x: [1, 4, 5, 70], weight: { shape: [6, 1, 1, 70], dtype: 'q8' }, samples: [1, 6, 4, 5] },
      options: { deformableGroups: 2 },
    },
    'q8 weights of more columns than a subgroup takes': {
      inputs: { x: [1, 17, 17, 8], weight: { shape: [212, 1, 1, 8], dtype: 'q8' }, samples: [1, 3, 17, 17] },
      options: {},
    },
    'more columns than a subgroup takes, past the rows of a tile': {
      inputs: { x: [1, 17, 17, 8], weight: [212, 1, 1, 8], samples: [1, 3, 17, 17], bias: [212] },
      options: {},
    },
    'dilated, past a tile': {
      inputs: { x: [1, 9, 11, 4], weight: [68, 3, 3, 4], samples: [1, 27, 9, 11] },
      options: { padding: 2, dilation: 2 },
    },
  },
  bench: {
    'p3 of GLIP-T at 800x1344': {
      inputs: { x: [1, 100, 168, 256], weight: [256, 3, 3, 256], samples: [1, 27, 100, 168], bias: [256] },
      options: { padding: 1 },
    },
    'p4 of GLIP-T at 800x1344, q8 weights': {
      inputs: {
        x: [1, 50, 84, 256],
        weight: { shape: [256, 3, 3, 256], dtype: 'q8' },
        samples: [1, 27, 50, 84],
        bias: [256],
      },
      options: { padding: 1 },
    },
    'p4 of GLIP-T at 800x1344': {
      inputs: { x: [1, 50, 84, 256], weight: [256, 3, 3, 256], samples: [1, 27, 50, 84], bias: [256] },
      options: { padding: 1 },
    },
  },
});
