import { kernelSpec, NdArray } from '../../testing/index.ts';
import { square } from '../elementwise/elementwise.ts';
import { groupNormAffine } from './group-norm-affine.ts';

// Moments are squares here: a variance is never negative.

export default kernelSpec({
  name: 'group-norm-affine',
  inputs: ['moments', 'pooled', 'weight', 'bias'],
  differentiable: ['moments', 'pooled', 'weight', 'bias'],
  run: ({ moments, pooled, weight, bias }, { groups }: { groups: number }) =>
    groupNormAffine(square(moments), weight, bias, { groups, pooled }),
  reference({ moments, pooled, weight, bias }, { groups }) {
    const [batch, , channels] = moments.shape;
    const width = channels / groups;
    const y = new NdArray([batch, 3, channels]);
    for (let b = 0; b < batch; b++) {
      for (let c = 0; c < channels; c++) {
        const group = Array.from({ length: width }, (_, i) => Math.floor(c / width) * width + i);
        const means = group.map((i) => moments.get(b, 0, i) ** 2);
        const mean = means.reduce((sum, value) => sum + value, 0) / width;
        const variance =
          group.reduce((sum, i, n) => sum + moments.get(b, 1, i) ** 2 + (means[n] - mean) ** 2, 0) / width;
        const scale = weight.data[c] / Math.sqrt(variance + 1e-5);
        const shift = bias.data[c] - mean * scale;
        const pooledMean = pooled ? pooled.get(b, 0, c) : moments.get(b, 0, c) ** 2;
        for (const [row, value] of [scale, shift, pooledMean * scale + shift].entries()) {
          y.data[y.at(b, row, c)] = value;
        }
      }
    }
    return y;
  },
  tolerance: { rtol: 1e-5, atol: 1e-5, because: 'a shift is the difference of products that may be larger' },
  cases: {
    'one element': {
      inputs: { moments: [1, 2, 1], weight: [1], bias: [1] },
      options: { groups: 1 },
    },
    'odd groups, another map': {
      inputs: { moments: [2, 2, 15], pooled: [2, 2, 15], weight: [15], bias: [15] },
      options: { groups: 5 },
    },
    'past a workgroup': {
      inputs: { moments: [3, 2, 96], weight: [96], bias: [96] },
      options: { groups: 16 },
    },
    'images past 256 KiB': {
      inputs: { moments: [600, 2, 64], weight: [64], bias: [64] },
      options: { groups: 8 },
    },
  },
  bench: {
    'DyConv of GLIP-T': {
      inputs: { moments: [1, 2, 256], weight: [256], bias: [256] },
      options: { groups: 16 },
    },
  },
});
