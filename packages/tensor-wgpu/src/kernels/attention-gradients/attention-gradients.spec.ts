import { kernelSpec, NdArray, sum } from '../../testing/index.ts';
import { keptFactors } from '../random/philox.ts';
import { randomKey } from '../random/random.ts';
import { attentionGradients } from './attention-gradients.ts';

interface Options {
  readonly heads: number;
  readonly scale?: number;
  readonly bound?: number;
  /** Rate of dropout, with a seed. */
  readonly drop?: { readonly rate: number; readonly seed: number };
}

const PLACE = 3;

const shapes = (batches: number, queries: number, keys: number, width: number) => ({
  q: [batches, queries, width],
  k: [batches, keys, width],
  v: [batches, keys, width],
  dy: [batches, queries, width],
});

export default kernelSpec({
  name: 'attention-gradients',
  inputs: ['q', 'k', 'v', 'dy', 'bias', 'padding', 'regions'],
  differentiable: [],
  backwardOf: 'attention',
  run({ q, k, v, dy, ...masks }, { drop, ...options }: Options) {
    const dropout = drop && { rate: drop.rate, key: randomKey(q.device, drop.seed), place: PLACE };
    const whole = (tensor: typeof q) => ({ tensor, start: 0 });
    const [dq, dk, dv] = [q, k, v].map(({ device, shape }) => device.empty(shape));
    const { dbias, dpadding } = attentionGradients(
      { q: whole(q), k: whole(k), v: whole(v) },
      { q: whole(dq), k: whole(dk), v: whole(dv) },
      { ...options, ...masks, dropout },
      { bias: masks.bias !== undefined, padding: masks.padding !== undefined },
      dy,
    );
    return [dq, dk, dv, ...(dbias ? [dbias] : []), ...(dpadding ? [dpadding] : [])];
  },

  reference({ q, k, v, dy, bias, padding, regions }, { heads, scale, bound = Infinity, drop }) {
    const [batches, queries, width] = q.shape;
    const keys = k.dim(1);
    const dim = width / heads;
    const factor = scale ?? dim ** -0.5;
    const cols = Math.ceil(keys / 4) * 4;
    const kept = drop && keptFactors(batches * heads * queries * cols, drop.rate, drop.seed, PLACE);
    const [dq, dk, dv] = [q, k, v].map(({ shape }) => new NdArray(shape));
    const [dbias, dpadding] = [bias, padding].map((mask) => mask && new NdArray(mask.shape));
    const inner = (x: NdArray, atX: number, y: NdArray, atY: number): number => {
      let total = 0;
      for (let d = 0; d < dim; d++) total += x.data[atX + d] * y.data[atY + d];
      return total;
    };
    for (let b = 0; b < batches; b++) {
      for (let head = 0; head < heads; head++) {
        const keyAt = (t: number): number => k.at(b, t, head * dim);
        for (let n = 0; n < queries; n++) {
          const queryAt = q.at(b, n, head * dim);
          const products = Array.from({ length: keys }, (_, t) => factor * inner(q, queryAt, k, keyAt(t)));
          const region = (t: number): number => (regions ? regions.get(b % regions.dim(0), t) : 0);
          const scores = products.map(
            (product, t) =>
              Math.min(Math.max(product, -bound), bound) +
              (bias?.get(head, n, t) ?? 0) +
              (padding?.get(b, t) ?? 0) +
              (region(n) === region(t) ? 0 : -100),
          );
          const most = Math.max(...scores);
          const exps = scores.map((score) => Math.exp(score - most));
          const total = sum(exps);
          const weights = exps.map((value) => value / total);
          const row = ((b * heads + head) * queries + n) * cols;
          const factors = weights.map((_, t) => kept?.[row + t] ?? 1);
          const toWeights = factors.map((f, t) => f * inner(dy, queryAt, v, keyAt(t)));
          const mean = sum(weights.map((weight, t) => weight * toWeights[t]));
          for (const [t, weight] of weights.entries()) {
            const slope = weight * (toWeights[t] - mean);
            if (dbias) dbias.data[dbias.at(head, n, t)] += slope;
            if (dpadding) dpadding.data[dpadding.at(b, t)] += slope;
            const clamped = Math.abs(products[t]) <= bound ? factor * slope : 0;
            for (let d = 0, at = keyAt(t); d < dim; d++) {
              dq.data[queryAt + d] += clamped * k.data[at + d];
              dk.data[at + d] += clamped * q.data[queryAt + d];
              dv.data[at + d] += factors[t] * weight * dy.data[queryAt + d];
            }
          }
        }
      }
    }
    return [dq, dk, dv, dbias, dpadding].filter((gradient) => gradient !== undefined);
  },
  tolerance: {
    rtol: 1e-5,
    atol: 2e-5,
    because: 'exp is within 10 ulp; sums over 100 queries and over heads',
  },

  cases: {
    'one element': { inputs: shapes(1, 1, 1, 1), options: { heads: 1 } },
    'odd head size': { inputs: { ...shapes(2, 5, 7, 9), padding: [2, 7] }, options: { heads: 3 } },
    'clamped, bias and padding': {
      inputs: { ...shapes(2, 70, 9, 16), bias: [2, 70, 9], padding: [2, 9] },
      options: { heads: 2, scale: 3, bound: 0.5 },
    },
    'windows with regions': {
      inputs: { ...shapes(6, 9, 9, 8), bias: [2, 9, 9], regions: { shape: [3, 9], below: 3, dtype: 'f32' } },
      options: { heads: 2 },
    },
    'dropout, clamped': {
      inputs: { ...shapes(2, 5, 7, 9), padding: [2, 7] },
      options: { heads: 3, scale: 3, bound: 0.5, drop: { rate: 0.3, seed: 4 } },
    },
    'dropout past 256 KiB': {
      inputs: { ...shapes(2, 100, 103, 32), padding: [2, 103] },
      options: { heads: 8, drop: { rate: 0.1, seed: 4 } },
    },
    'batches past 256 KiB': {
      inputs: { ...shapes(40, 25, 25, 72), bias: [3, 25, 25] },
      options: { heads: 3 },
    },
    'scores of one batch past 256 KiB': {
      inputs: { ...shapes(2, 100, 103, 32), padding: [2, 103] },
      options: { heads: 8 },
    },
  },
  bench: {
    'swin-t stage 1 windows at 800x1344': {
      inputs: { ...shapes(1392, 49, 49, 96), bias: [3, 49, 49] },
      options: { heads: 3 },
    },
    'bert, 256 tokens': { inputs: shapes(1, 256, 256, 768), options: { heads: 12 } },
  },
});
