import { kernelSpec, NdArray, sum } from '../../testing/index.ts';
import { computeMoments } from '../channel-moments/channel-moments.ts';
import { groupNormGradients } from './group-norm-gradients.ts';

const shapes = (batch: number, height: number, width: number, channels: number, groups: number) => ({
  inputs: {
    x: [batch, height, width, channels],
    weight: [channels],
    dy: [batch, height, width, channels],
  },
  options: { groups },
});

export default kernelSpec({
  name: 'group-norm-gradients',
  inputs: ['x', 'weight', 'dy'],
  differentiable: [],
  backwardOf: 'group-norm',
  run({ x, weight, dy }, { groups }: { groups: number }) {
    const moments = computeMoments(x);
    const { dx, dweight, dbias } = groupNormGradients({ x, moments, weight }, { groups, eps: 1e-5 }, dy);
    return [dx, dweight, dbias];
  },
  reference({ x, weight, dy }, { groups }) {
    const [batch, height, width, channels] = x.shape;
    const [dx, dweight, dbias] = [new NdArray(x.shape), new NdArray([channels]), new NdArray([channels])];
    const pixels = height * width;
    const size = channels / groups;
    for (let b = 0; b < batch; b++) {
      for (let first = 0; first < channels; first += size) {
        const at = Array.from(
          { length: pixels * size },
          (_, i) => (b * pixels + Math.floor(i / size)) * channels + first + (i % size),
        );
        const mean = sum(at.map((i) => x.data[i])) / at.length;
        const variance = sum(at.map((i) => (x.data[i] - mean) ** 2)) / at.length;
        const deviation = Math.sqrt(variance + 1e-5);
        const normal = at.map((i) => (x.data[i] - mean) / deviation);
        const g = at.map((i) => dy.data[i] * weight.data[i % channels]);
        const meanG = sum(g) / at.length;
        const meanGn = sum(g.map((value, n) => value * normal[n])) / at.length;
        for (const [n, i] of at.entries()) {
          dx.data[i] = (g[n] - meanG - normal[n] * meanGn) / deviation;
          dweight.data[i % channels] += dy.data[i] * normal[n];
          dbias.data[i % channels] += dy.data[i];
        }
      }
    }
    return [dx, dweight, dbias];
  },
  tolerance: { rtol: 1e-5, atol: 4e-5, because: 'sums over 2400 pixels' },
  cases: {
    'one element': shapes(1, 1, 1, 1, 1),
    'odd sizes': shapes(2, 5, 3, 6, 3),
    'several chunks of pixels': shapes(2, 13, 11, 8, 2),
    'chunks that are merged first': shapes(1, 40, 31, 6, 2),
    'groups of quads': shapes(2, 9, 15, 16, 2),
    'images past 256 KiB': shapes(12, 14, 14, 32, 8),
  },
  bench: { 'p3 of GLIP-T at 800x1344': shapes(1, 100, 168, 256, 16) },
});
