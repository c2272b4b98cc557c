import { kernelSpec, NdArray } from '../../testing/index.ts';
import { groupNorm } from './group-norm.ts';

export default kernelSpec({
  name: 'group-norm',
  inputs: ['x', 'weight', 'bias'],
  differentiable: ['x', 'weight', 'bias'],
  run: ({ x, weight, bias }, { groups }: { groups: number }) => groupNorm(x, weight, bias, groups),
  reference({ x, weight, bias }, { groups }) {
    const [batch, height, width, channels] = x.shape;
    const size = channels / groups;
    const y = new NdArray(x.shape);
    for (let b = 0; b < batch; b++) {
      for (let g = 0; g < groups; g++) {
        const at: number[] = [];
        for (let h = 0; h < height; h++) {
          for (let w = 0; w < width; w++) {
            for (let c = 0; c < size; c++) at.push(x.at(b, h, w, g * size + c));
          }
        }
        const mean = at.reduce((sum, i) => sum + x.data[i], 0) / at.length;
        const variance = at.reduce((sum, i) => sum + (x.data[i] - mean) ** 2, 0) / at.length;
        for (const i of at) {
          const c = i % channels;
          y.data[i] = ((x.data[i] - mean) / Math.sqrt(variance + 1e-5)) * weight.data[c] + bias.data[c];
        }
      }
    }
    return y;
  },
  tolerance: { rtol: 1e-5, atol: 4e-6, because: 'inverseSqrt is within 2 ulp, sums over hundreds of values' },
  cases: {
    'one element': { inputs: { x: [1, 1, 1, 1], weight: [1], bias: [1] }, options: { groups: 1 } },
    'odd sizes': { inputs: { x: [2, 5, 3, 6], weight: [6], bias: [6] }, options: { groups: 3 } },
    'several chunks of pixels': {
      inputs: { x: [2, 13, 11, 8], weight: [8], bias: [8] },
      options: { groups: 2 },
    },
    'groups of quads': {
      inputs: { x: [2, 9, 15, 16], weight: [16], bias: [16] },
      options: { groups: 2 },
    },
    'images past 256 KiB': {
      inputs: { x: [12, 14, 14, 32], weight: [32], bias: [32] },
      options: { groups: 8 },
    },
    'one group': { inputs: { x: [1, 4, 5, 12], weight: [12], bias: [12] }, options: { groups: 1 } },
  },
  bench: {
    'p3 of GLIP-T at 800x1344': {
      inputs: { x: [1, 100, 168, 256], weight: [256], bias: [256] },
      options: { groups: 16 },
    },
  },
});
