import { kernelSpec, NdArray } from '../../testing/index.ts';
import { type Conv2dOptions, conv2d } from './conv2d.ts';

type Options = Omit<Conv2dOptions, 'bias' | 'gamma' | 'residual'>;

export default kernelSpec({
  name: 'conv2d',
  inputs: ['x', 'weight', 'bias', 'gamma', 'residual'],
  differentiable: ['x', 'weight', 'bias', 'gamma', 'residual'],
  run: ({ x, weight, bias, gamma, residual }, options: Options) =>
    conv2d(x, weight, { ...options, bias, gamma, residual }),

  reference({ x, weight, bias, gamma, residual }, options) {
    const {
      stride = 1,
      padding = 0,
      dilation = 1,
      groups = 1,
      activation,
      activateFrom = 0,
      bounds = [0, 0],
      layout,
    } = options;
    const [batch, height, width] = x.shape;
    const [outputs, kh, kw, channels] = weight.shape;
    const out = (size: number, k: number): number =>
      Math.floor((size + 2 * padding - dilation * (k - 1) - 1) / stride) + 1;
    const value = (n: number, h: number, w: number, o: number): number => {
      const group = Math.floor(o / (outputs / groups));
      let total = bias ? bias.data[o] : 0;
      for (let i = 0; i < kh; i++) {
        for (let j = 0; j < kw; j++) {
          const [row, col] = [h * stride - padding + i * dilation, w * stride - padding + j * dilation];
          if (row < 0 || col < 0 || row >= height || col >= width) continue;
          for (let c = 0; c < channels; c++) {
            total += x.get(n, row, col, group * channels + c) * weight.get(o, i, j, c);
          }
        }
      }
      if (o % (outputs / groups) < activateFrom) return total;
      if (activation === 'sigmoid') total = 1 / (1 + Math.exp(-total));
      if (activation === 'clamp') return Math.min(Math.max(total, bounds[0]), bounds[1]);
      return activation === 'relu' ? Math.max(total, 0) : total;
    };
    const size = [out(height, kh), out(width, kw)];
    if (layout === 'planar') {
      return NdArray.fill([batch, outputs, ...size], (n, o, h, w) => value(n, h, w, o));
    }
    return NdArray.fill([batch, ...size, outputs], (n, h, w, o) => {
      return (gamma?.get(o) ?? 1) * value(n, h, w, o) + (residual ? residual.get(n, h, w, o) : 0);
    });
  },
  tolerance: { rtol: 1e-5, atol: 4e-6, because: 'up to 144 terms of size 1: 4 √K 2^-24' },

  cases: {
    'one element': { inputs: { x: [1, 1, 1, 1], weight: [1, 1, 1, 1] }, options: {} },
    'odd sizes': {
      inputs: { x: [2, 5, 7, 3], weight: [5, 3, 3, 3], bias: [5] },
      options: { padding: 1, stride: 2 },
    },
    'quads, dilated, with all that may follow': {
      inputs: { x: [1, 9, 6, 8], weight: [12, 3, 3, 8], bias: [12], gamma: [12], residual: [1, 9, 6, 12] },
      options: { padding: 2, dilation: 2, activation: 'relu' },
    },
    groups: {
      inputs: { x: [2, 4, 5, 8], weight: [12, 3, 3, 4], bias: [12] },
      options: { groups: 2, padding: 1 },
    },
    'kernel of 4 at stride 4': {
      inputs: { x: [1, 12, 16, 4], weight: [24, 4, 4, 4], bias: [24] },
      options: { stride: 4 },
    },
    'planar, activated from a channel on': {
      inputs: { x: [2, 5, 6, 4], weight: [27, 3, 3, 4], bias: [27] },
      options: { padding: 1, layout: 'planar', activation: 'sigmoid', activateFrom: 18 },
    },
    'within bounds': {
      inputs: { x: [1, 4, 5, 4], weight: [6, 3, 3, 4], bias: [6] },
      options: { padding: 1, activation: 'clamp', bounds: [-0.5, 0.75] },
    },
    'groups, activated from a channel on': {
      inputs: { x: [1, 4, 5, 4], weight: [6, 3, 3, 2], bias: [6] },
      options: { padding: 1, groups: 2, activation: 'sigmoid', activateFrom: 1 },
    },
    'within bounds, added to a residual': {
      inputs: { x: [1, 4, 5, 4], weight: [6, 1, 1, 4], residual: [1, 4, 5, 6] },
      options: { activation: 'clamp', bounds: [-0.5, 0.75] },
    },
    'past a tile': { inputs: { x: [1, 11, 13, 4], weight: [68, 3, 3, 4] }, options: { padding: 1 } },
    'f16, odd sizes': {
      inputs: {
        x: { shape: [2, 5, 7, 3], dtype: 'f16' },
        weight: { shape: [5, 3, 3, 3], dtype: 'f16' },
        bias: [5],
      },
      options: { padding: 1, stride: 2 },
    },
    'f16 weights in quads and groups': {
      inputs: { x: [2, 4, 5, 8], weight: { shape: [12, 3, 3, 4], dtype: 'f16' }, bias: [12] },
      options: { groups: 2, padding: 1 },
    },
    'q8 weights, odd sizes': {
      inputs: { x: [2, 5, 7, 3], weight: { shape: [5, 3, 3, 3], dtype: 'q8' }, bias: [5] },
      options: { padding: 1, stride: 2 },
    },
    'q8 weights in quads, two scales a tap': {
      inputs: { x: [1, 4, 5, 48], weight: { shape: [12, 3, 3, 48], dtype: 'q8' }, bias: [12] },
      options: { padding: 1, activation: 'relu' },
    },
    'q8 weights of odd channels, two scales a tap': {
      inputs: { x: [1, 3, 4, 35], weight: { shape: [6, 3, 3, 35], dtype: 'q8' } },
      options: { padding: 1 },
    },
    'q8 weights in groups': {
      inputs: { x: [2, 4, 5, 8], weight: { shape: [12, 3, 3, 4], dtype: 'q8' }, bias: [12] },
      options: { groups: 2, padding: 1 },
    },
    'images past 256 KiB': { inputs: { x: [3, 60, 60, 8], weight: [8, 1, 1, 8] }, options: {} },
  },
  bench: {
    'fpn 3x3 at 50x84': {
      inputs: { x: [1, 50, 84, 256], weight: [256, 3, 3, 256], bias: [256] },
      options: { padding: 1 },
    },
    'fpn 3x3 at 50x84, q8 weights': {
      inputs: { x: [1, 50, 84, 256], weight: { shape: [256, 3, 3, 256], dtype: 'q8' }, bias: [256] },
      options: { padding: 1 },
    },
    'fpn 3x3 at 100x168': {
      inputs: { x: [1, 100, 168, 256], weight: [256, 3, 3, 256], bias: [256] },
      options: { padding: 1 },
    },
  },
});
