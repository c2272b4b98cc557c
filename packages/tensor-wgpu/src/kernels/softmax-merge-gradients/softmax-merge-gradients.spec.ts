import { kernelSpec, NdArray, sum } from '../../testing/index.ts';
import { affine } from '../elementwise/elementwise.ts';
import { softmaxMergeGradients } from './softmax-merge-gradients.ts';

const SHIFT = 2; // sums are positive

const shapes = (batch: number, rows: number, cols: number) => ({
  a: [batch, rows, cols],
  aStatistics: [batch, 2, rows],
  b: [batch, rows, cols],
  bStatistics: [batch, 2, rows],
  dy: [batch, rows, cols],
  dstatistics: [batch, 2, rows],
});

export default kernelSpec({
  name: 'softmax-merge-gradients',
  inputs: ['a', 'aStatistics', 'b', 'bStatistics', 'dy', 'dstatistics'],
  differentiable: [],
  backwardOf: 'softmax-merge',
  run({ a, aStatistics, b, bStatistics, dy, dstatistics }, { scale = 1 }: { readonly scale?: number }) {
    const { da, daStatistics, db, dbStatistics } = softmaxMergeGradients(
      {
        a,
        b,
        aStatistics: affine(aStatistics, scale, scale * SHIFT),
        bStatistics: affine(bStatistics, scale, scale * SHIFT),
      },
      { dy, dstatistics },
    );
    return [daStatistics, dbStatistics, ...(da ? [da, db] : [])];
  },
  reference({ a, aStatistics, b, bStatistics, dy, dstatistics }, { scale = 1 }) {
    const [batch, rows, cols] = a.shape;
    const [da, db] = [new NdArray(a.shape), new NdArray(a.shape)];
    const [ofA, ofB] = [new NdArray([batch, 2, rows]), new NdArray([batch, 2, rows])];
    for (let z = 0; z < batch; z++) {
      for (let t = 0; t < rows; t++) {
        const [maxA, sumA] = [0, 1].map((i) => scale * (aStatistics.get(z, i, t) + SHIFT));
        const [maxB, sumB] = [0, 1].map((i) => scale * (bStatistics.get(z, i, t) + SHIFT));
        const most = Math.max(maxA, maxB);
        const [sizeA, sizeB] = [Math.exp(maxA - most), Math.exp(maxB - most)];
        const total = sumA * sizeA + sumB * sizeB;
        const [shareA, shareB] = [(sumA * sizeA) / total, (sumB * sizeB) / total];
        const slopes = Array.from({ length: cols }, (_, c) => dy?.get(z, t, c) ?? 0);
        const toShare = sum(slopes.map((slope, c) => slope * (a.get(z, t, c) - b.get(z, t, c))));
        const [toMost, toTotal] = [0, 1].map((i) => dstatistics?.get(z, i, t) ?? 0);
        const toA = (toShare * shareB) / total + toTotal;
        const toB = toTotal - (toShare * shareA) / total;
        const below = maxA >= maxB ? toB * sumB * sizeB : toA * sumA * sizeA;
        const [toMaxA, toMaxB] = maxA >= maxB ? [toMost - below, below] : [below, toMost - below];
        ofA.data[ofA.at(z, 0, t)] = toMaxA;
        ofA.data[ofA.at(z, 1, t)] = toA * sizeA;
        ofB.data[ofB.at(z, 0, t)] = toMaxB;
        ofB.data[ofB.at(z, 1, t)] = toB * sizeB;
        for (const [c, slope] of slopes.entries()) {
          da.data[da.at(z, t, c)] = slope * shareA;
          db.data[db.at(z, t, c)] = slope * shareB;
        }
      }
    }
    return [ofA, ofB, ...(dy ? [da, db] : [])];
  },
  tolerance: { rtol: 1e-5, atol: 2e-5, because: 'exp is within 10 ulp; sums over 120 columns' },
  cases: {
    'one element': { inputs: shapes(1, 1, 1), options: {} },
    'odd sizes': { inputs: shapes(2, 5, 7), options: {} },
    'maxima far apart': { inputs: shapes(1, 9, 70), options: { scale: 3e3 } },
    'means alone': {
      inputs: { a: [1, 3, 8], aStatistics: [1, 2, 3], b: [1, 3, 8], bStatistics: [1, 2, 3], dy: [1, 3, 8] },
      options: {},
    },
    'statistics alone': {
      inputs: {
        a: [1, 3, 8],
        aStatistics: [1, 2, 3],
        b: [1, 3, 8],
        bStatistics: [1, 2, 3],
        dstatistics: [1, 2, 3],
      },
      options: {},
    },
    'images past 256 KiB': { inputs: shapes(12, 64, 120), options: {} },
  },
  bench: { 'GLIP-T fusion, 256 tokens': { inputs: shapes(1, 2048, 256), options: {} } },
});
