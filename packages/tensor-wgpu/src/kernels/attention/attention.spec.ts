import { kernelSpec, NdArray, rememberLast } from '../../testing/index.ts';
import { keptFactors } from '../random/philox.ts';
import { randomKey } from '../random/random.ts';
import { attention, selfAttention } from './attention.ts';
import type { AttentionOptions } from './attention-options.ts';

interface Options extends Pick<AttentionOptions, 'heads' | 'scale' | 'bound'> {
  /** Rate of dropout, with a seed. */
  readonly drop?: { readonly rate: number; readonly seed: number };
}

const PLACE = 3;

export default kernelSpec({
  name: 'attention',
  inputs: ['q', 'k', 'v', 'qkv', 'bias', 'padding', 'regions'],
  differentiable: ['q', 'k', 'v', 'qkv', 'bias', 'padding'],
  run({ q, k, v, qkv, ...added }, { drop, ...options }: Options) {
    const dropout = drop && { rate: drop.rate, key: randomKey((qkv ?? q).device, drop.seed), place: PLACE };
    const all = { ...options, ...added, dropout };
    return qkv ? selfAttention(qkv, all) : attention(q, k, v, all);
  },

  reference({ q, k, v, qkv, bias, padding, regions }, { heads, scale, bound = Infinity, drop }) {
    const width = qkv ? qkv.dim(2) / 3 : q.dim(2);
    const [batch, queries] = (qkv ?? q).shape;
    const keys = (qkv ?? k).dim(1);
    const part = (index: number) => (b: number, n: number, c: number) =>
      qkv ? qkv.get(b, n, index * width + c) : [q, k, v][index].get(b, n, c);
    const [query, key, value] = [part(0), part(1), part(2)];
    const dim = width / heads;
    const factor = scale ?? dim ** -0.5;
    const cols = Math.ceil(keys / 4) * 4;
    const kept = drop && keptFactors(batch * heads * queries * cols, drop.rate, drop.seed, PLACE);
    const weightsOf = rememberLast((b: number, n: number, head: number) => {
      const scores = Array.from({ length: keys }, (_, t) => {
        let score = 0;
        for (let d = head * dim; d < (head + 1) * dim; d++) score += factor * query(b, n, d) * key(b, t, d);
        score = Math.min(Math.max(score, -bound), bound);
        if (bias) score += bias.get(head, n, t);
        if (padding) score += padding.get(b, t);
        if (regions && regions.get(b % regions.dim(0), n) !== regions.get(b % regions.dim(0), t))
          score -= 100;
        return score;
      });
      const most = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - most));
      const total = weights.reduce((a, w) => a + w, 0);
      const row = ((b * heads + head) * queries + n) * cols;
      return weights.map((w, t) => (w / total) * (kept?.[row + t] ?? 1));
    });
    return NdArray.fill([batch, queries, width], (b, n, c) =>
      weightsOf(b, n, Math.floor(c / dim)).reduce((a, w, t) => a + w * value(b, t, c), 0),
    );
  },
  tolerance: {
    rtol: 1e-5,
    atol: 4e-6,
    because: 'exp is within 10 ulp, and the running maximum rescales sums',
  },

  cases: {
    'one element': { inputs: { q: [1, 1, 1], k: [1, 1, 1], v: [1, 1, 1] }, options: { heads: 1 } },
    'odd head size': {
      inputs: { q: [2, 5, 9], k: [2, 7, 9], v: [2, 7, 9], padding: [2, 7] },
      options: { heads: 3 },
    },
    'quads, clamped': {
      inputs: { q: [2, 70, 16], k: [2, 9, 16], v: [2, 9, 16], bias: [2, 70, 9] },
      options: { heads: 2, scale: 3, bound: 0.5 },
    },
    'several tiles of keys, wide heads': {
      inputs: { q: [1, 37, 80], k: [1, 71, 80], v: [1, 71, 80], padding: [1, 71] },
      options: { heads: 2 },
    },
    'fewer queries than a lane takes': {
      inputs: { q: [2, 2, 8], k: [2, 3, 8], v: [2, 3, 8] },
      options: { heads: 1 },
    },
    'windows with regions': {
      inputs: { qkv: [6, 9, 24], bias: [2, 9, 9], regions: { shape: [3, 9], below: 3, dtype: 'f32' } },
      options: { heads: 2 },
    },
    'windows of one image past 256 KiB': {
      inputs: { qkv: [40, 49, 72], bias: [3, 49, 49], regions: { shape: [40, 49], below: 3, dtype: 'f32' } },
      options: { heads: 3 },
    },
    'bias and padding, clamped': {
      inputs: { q: [2, 6, 8], k: [2, 5, 8], v: [2, 5, 8], bias: [2, 6, 5], padding: [2, 5] },
      options: { heads: 2, scale: 3, bound: 0.5 },
    },
    'bias whose rows are whole quads': {
      inputs: { q: [1, 5, 8], k: [1, 36, 8], v: [1, 36, 8], bias: [2, 5, 36] },
      options: { heads: 2 },
    },
    'dropout, odd keys': {
      inputs: { q: [2, 70, 10], k: [2, 39, 10], v: [2, 39, 10], padding: [2, 39] },
      options: { heads: 2, bound: 0.5, scale: 2, drop: { rate: 0.3, seed: 5 } },
    },
    'dropout of one key': {
      inputs: { q: [3, 2, 8], k: [3, 1, 8], v: [3, 1, 8] },
      options: { heads: 2, drop: { rate: 0.5, seed: 6 } },
    },
    'dropout in windows, past 256 KiB': {
      inputs: { qkv: [40, 49, 36], bias: [3, 49, 49], regions: { shape: [40, 49], below: 3, dtype: 'f32' } },
      options: { heads: 3, drop: { rate: 0.1, seed: 7 } },
    },
    'heads of three, in one tensor': {
      inputs: { qkv: [2, 8, 18], bias: [2, 8, 8] },
      options: { heads: 2 },
    },
    'scores of one batch past 256 KiB': {
      inputs: { q: [2, 100, 32], k: [2, 104, 32], v: [2, 104, 32], padding: [2, 104] },
      options: { heads: 8 },
    },
    'batches past 256 KiB': { inputs: { qkv: [40, 49, 72], bias: [3, 49, 49] }, options: { heads: 3 } },
  },
  bench: {
    'swin-t stage 1 windows at 800x1344': {
      inputs: { qkv: [1392, 49, 288], bias: [3, 49, 49] },
      options: { heads: 3 },
    },
    '8 heads of 1000 x 32': {
      inputs: { q: [1, 1000, 256], k: [1, 1000, 256], v: [1, 1000, 256] },
      options: { heads: 8 },
    },
    'bert, 256 tokens': {
      inputs: { q: [1, 256, 768], k: [1, 256, 768], v: [1, 256, 768], padding: [1, 256] },
      options: { heads: 12 },
    },
  },
});
