import { kernelSpec, NdArray, sum } from '../../testing/index.ts';
import { square } from '../elementwise/elementwise.ts';
import { groupNormAffineGradients } from './group-norm-affine-gradients.ts';

// Moments are squares here: a variance is never negative.

const EPS = 1e-2;

const shapes = (batch: number, channels: number, groups: number, isPooled = false) => ({
  inputs: {
    moments: [batch, 2, channels],
    ...(isPooled ? { pooled: [batch, 2, channels] } : {}),
    weight: [channels],
    dy: [batch, 3, channels],
  },
  options: { groups },
});

export default kernelSpec({
  name: 'group-norm-affine-gradients',
  inputs: ['moments', 'pooled', 'weight', 'dy'],
  differentiable: [],
  backwardOf: 'group-norm-affine',
  run({ moments, pooled, weight, dy }, { groups }: { groups: number }) {
    const found = groupNormAffineGradients(
      { moments: square(moments), pooled, weight },
      { groups, eps: EPS },
      dy,
    );
    return [found.dmoments, found.dweight, found.dbias, ...(found.dpooled ? [found.dpooled] : [])];
  },
  reference({ moments, pooled, weight, dy }, { groups }) {
    const [batch, , channels] = moments.shape;
    const width = channels / groups;
    const [dmoments, dpooled] = [new NdArray(moments.shape), new NdArray(moments.shape)];
    const [dweight, dbias] = [new NdArray([channels]), new NdArray([channels])];
    const at = (b: number, row: number, c: number): number => moments.get(b, row, c) ** 2;
    for (let b = 0; b < batch; b++) {
      for (let first = 0; first < channels; first += width) {
        const group = Array.from({ length: width }, (_, i) => first + i);
        const mean = sum(group.map((c) => at(b, 0, c))) / width;
        const variance = sum(group.map((c) => at(b, 1, c) + (at(b, 0, c) - mean) ** 2)) / width;
        const rstd = 1 / Math.sqrt(variance + EPS);
        const pooledMean = (c: number): number => (pooled ? pooled.get(b, 0, c) : at(b, 0, c));
        const toShift = (c: number): number => dy.get(b, 1, c) + dy.get(b, 2, c);
        const toScale = (c: number): number =>
          dy.get(b, 0, c) + dy.get(b, 2, c) * pooledMean(c) - mean * toShift(c);
        const toRstd = sum(group.map((c) => toScale(c) * weight.data[c]));
        const toMean = sum(group.map((c) => -toShift(c) * weight.data[c] * rstd));
        const toVariance = toRstd * -0.5 * rstd ** 3;
        for (const c of group) {
          const toPooled = dy.get(b, 2, c) * weight.data[c] * rstd;
          dmoments.data[dmoments.at(b, 0, c)] =
            (toMean + 2 * toVariance * (at(b, 0, c) - mean)) / width + (pooled ? 0 : toPooled);
          dmoments.data[dmoments.at(b, 1, c)] = toVariance / width;
          dpooled.data[dpooled.at(b, 0, c)] = toPooled;
          dweight.data[c] += toScale(c) * rstd;
          dbias.data[c] += toShift(c);
        }
      }
    }
    return [dmoments, dweight, dbias, ...(pooled ? [dpooled] : [])];
  },
  tolerance: { rtol: 1e-5, atol: 2e-4, because: 'sums over 600 images of values of up to 10' },
  cases: {
    'one element': shapes(1, 1, 1),
    'odd groups, another map': shapes(2, 15, 5, true),
    'past a workgroup': shapes(3, 96, 16),
    'one group': shapes(2, 12, 1),
    'images past 256 KiB': shapes(600, 64, 8, true),
  },
  bench: { 'DyConv of GLIP-T': shapes(1, 256, 16) },
});
