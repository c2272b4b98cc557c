import { kernelSpec, NdArray } from '../../testing/index.ts';
import { affine } from '../elementwise/elementwise.ts';
import { mergeSoftmax } from './softmax-merge.ts';

const SHIFT = 2; // sums are positive

export default kernelSpec({
  name: 'softmax-merge',
  inputs: ['a', 'aStatistics', 'b', 'bStatistics'],
  differentiable: ['a', 'aStatistics', 'b', 'bStatistics'],
  run({ a, aStatistics, b, bStatistics }, { scale = 1 }: { readonly scale?: number }) {
    const { mean, statistics } = mergeSoftmax(
      { mean: a, statistics: affine(aStatistics, scale, scale * SHIFT) },
      { mean: b, statistics: affine(bStatistics, scale, scale * SHIFT) },
    );
    return [mean, statistics];
  },
  reference({ a, aStatistics, b, bStatistics }, { scale = 1 }) {
    const [batch, rows, cols] = a.shape;
    const mean = new NdArray(a.shape);
    const statistics = new NdArray([batch, 2, rows]);
    for (let z = 0; z < batch; z++) {
      for (let t = 0; t < rows; t++) {
        const [maxA, sumA] = [0, 1].map((i) => scale * (aStatistics.get(z, i, t) + SHIFT));
        const [maxB, sumB] = [0, 1].map((i) => scale * (bStatistics.get(z, i, t) + SHIFT));
        const most = Math.max(maxA, maxB);
        const [ofA, ofB] = [sumA * Math.exp(maxA - most), sumB * Math.exp(maxB - most)];
        statistics.data[statistics.at(z, 0, t)] = most;
        statistics.data[statistics.at(z, 1, t)] = ofA + ofB;
        for (let c = 0; c < cols; c++) {
          mean.data[mean.at(z, t, c)] = (ofA * a.get(z, t, c) + ofB * b.get(z, t, c)) / (ofA + ofB);
        }
      }
    }
    return [mean, statistics];
  },
  tolerance: { rtol: 1e-5, atol: 2e-6, because: 'exp is within 10 ulp' },
  cases: {
    'one element': {
      inputs: { a: [1, 1, 1], aStatistics: [1, 2, 1], b: [1, 1, 1], bStatistics: [1, 2, 1] },
      options: {},
    },
    'odd sizes': {
      inputs: { a: [2, 5, 7], aStatistics: [2, 2, 5], b: [2, 5, 7], bStatistics: [2, 2, 5] },
      options: {},
    },
    'maxima far apart': {
      inputs: { a: [1, 9, 70], aStatistics: [1, 2, 9], b: [1, 9, 70], bStatistics: [1, 2, 9] },
      options: { scale: 3e4 },
    },
    'images past 256 KiB': {
      inputs: { a: [12, 64, 120], aStatistics: [12, 2, 64], b: [12, 64, 120], bStatistics: [12, 2, 64] },
      options: {},
    },
  },
  bench: {
    'GLIP-T fusion, 256 tokens': {
      inputs: {
        a: [1, 2048, 256],
        aStatistics: [1, 2, 2048],
        b: [1, 2048, 256],
        bStatistics: [1, 2, 2048],
      },
      options: {},
    },
  },
});
