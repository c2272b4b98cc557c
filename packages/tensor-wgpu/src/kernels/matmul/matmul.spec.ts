import { sizeOf } from '../../tensor.ts';
import { kernelSpec, NdArray } from '../../testing/index.ts';
import { UNARY_REFERENCES } from '../elementwise/references.ts';
import { type MatmulOptions, matmul } from './matmul.ts';

type Options = Omit<MatmulOptions, 'bias' | 'gamma' | 'residual'>;

export default kernelSpec({
  name: 'matmul',
  inputs: ['a', 'b', 'bias', 'gamma', 'residual'],
  differentiable: ['a', 'b', 'bias', 'gamma', 'residual'],
  run: ({ a, b, bias, gamma, residual }, options: Options) =>
    matmul(a, b, { ...options, bias, gamma, residual }),

  reference(
    { a, b, bias, gamma, residual },
    { transposeA, transposeB, alpha = 1, activation, bounds = [0, 0] },
  ) {
    const [rows, depth] = transposeA ? [a.dim(-1), a.dim(-2)] : [a.dim(-2), a.dim(-1)];
    const cols = transposeB ? b.dim(-2) : b.dim(-1);
    const lead = a.shape.length >= b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
    const batch = lead.map((n, i) => Math.max(n, b.shape.slice(0, -2).at(i - lead.length) ?? 1));
    // Index of the first element of the batch `at`, in an operand whose last `own` axes are not batches.
    const startOf = ({ shape }: NdArray, at: number[], own: number): number => {
      const lead = shape.slice(0, shape.length - own);
      const skipped = at.length - lead.length;
      return (
        lead.reduce((start, n, i) => start * n + (n === 1 ? 0 : at[skipped + i]), 0) *
        sizeOf(shape.slice(shape.length - own))
      );
    };
    const [aRow, aNext] = transposeA ? [1, rows] : [depth, 1];
    const [bCol, bNext] = transposeB ? [depth, 1] : [1, cols];
    return NdArray.fill([...batch, rows, cols], (...index) => {
      const [row, col] = index.slice(-2);
      const at = index.slice(0, -2);
      const left = startOf(a, at, 2) + row * aRow;
      const right = startOf(b, at, 2) + col * bCol;
      let total = 0;
      for (let k = 0; k < depth; k++) total += a.data[left + k * aNext] * b.data[right + k * bNext];
      let y = alpha * total + (bias ? bias.data[startOf(bias, at, 1) + col] : 0);
      if (activation) y = UNARY_REFERENCES[activation](y, bounds[0], bounds[1]);
      if (gamma) y *= gamma.get(col);
      return y + (residual ? residual.get(...index) : 0);
    });
  },
  tolerance: { atol: 4e-6, because: 'up to 1100 terms of size 1: 4 √K 2^-24 alpha' },

  cases: {
    'one element': { inputs: { a: [1, 1], b: [1, 1] }, options: {} },
    'odd sizes': { inputs: { a: [3, 7], b: [7, 5], bias: [5], residual: [3, 5] }, options: { alpha: 0.5 } },
    'odd sizes, b transposed': {
      inputs: { a: [2, 3, 6], b: [5, 6], bias: [5] },
      options: { transposeB: true },
    },
    'rows of four': {
      inputs: { a: [70, 36], b: [68, 36], bias: [68], residual: [70, 68] },
      options: { transposeB: true, activation: 'relu' },
    },
    'sum past 256 KiB, as a gradient of weights': {
      inputs: { a: [1001, 70], b: [1001, 66] },
      options: { transposeA: true, alpha: 0.1 },
    },
    'sum past 256 KiB, b alone': {
      inputs: { a: [5, 1100], b: [1100, 62], bias: [62], gamma: [62], residual: [5, 62] },
      options: { activation: 'relu' },
    },
    'sum past 256 KiB, b transposed': {
      inputs: { a: [7, 1100], b: [63, 1100], bias: [63] },
      options: { transposeB: true, alpha: 0.1, activation: 'clamp', bounds: [-0.5, 0.5] },
    },
    'sum past 256 KiB, both transposed': {
      inputs: { a: [900, 80], b: [3, 900], residual: [80, 3] },
      options: { transposeA: true, transposeB: true, alpha: 0.1 },
    },
    'all that may follow, odd': {
      inputs: { a: [5, 9], b: [7, 9], bias: [7], gamma: [7], residual: [5, 7] },
      options: { transposeB: true, alpha: 0.5, activation: 'gelu' },
    },
    'all that may follow, in quads': {
      inputs: { a: [33, 12], b: [12, 36], bias: [36], gamma: [36], residual: [33, 36] },
      options: { activation: 'sigmoid' },
    },
    'within bounds': {
      inputs: { a: [5, 9], b: [9, 7], bias: [7] },
      options: { activation: 'clamp', bounds: [-0.5, 0.75] },
    },
    'a sigmoid, odd': { inputs: { a: [5, 9], b: [9, 7], bias: [7] }, options: { activation: 'sigmoid' } },
    'a transposed, odd': { inputs: { a: [2, 10, 7], b: [2, 10, 5] }, options: { transposeA: true } },
    'a transposed, in quads': { inputs: { a: [70, 36], b: [70, 68] }, options: { transposeA: true } },
    'few rows, long sums': {
      inputs: { a: [2, 3, 1100], b: [2, 1100, 6], bias: [6], gamma: [6], residual: [2, 3, 6] },
      options: { alpha: 0.125, activation: 'relu' },
    },
    'few columns': { inputs: { a: [70, 20], b: [3, 20] }, options: { transposeB: true } },
    'both transposed': { inputs: { a: [9, 6], b: [11, 9] }, options: { transposeA: true, transposeB: true } },
    'past a tile': { inputs: { a: [130, 150], b: [150, 67] }, options: {} },
    batches: { inputs: { a: [2, 3, 5, 4], b: [2, 3, 4, 9] }, options: {} },
    'a shared by the inner batch': {
      inputs: { a: [2, 1, 5, 8], b: [2, 3, 6, 8], bias: [2, 3, 6] },
      options: { transposeB: true },
    },
    'more tiles than the grid has under tight caps': { inputs: { a: [700, 4], b: [4, 70] }, options: {} },
    'a binding past 256 KiB': { inputs: { a: [5000, 16], b: [16, 20], residual: [5000, 20] }, options: {} },
    'f16 weights, odd sizes': {
      inputs: { a: [3, 7], b: { shape: [5, 7], dtype: 'f16' }, bias: [5], residual: [3, 5] },
      options: { transposeB: true, activation: 'relu' },
    },
    'f16 on both sides, rows of four': {
      inputs: { a: { shape: [70, 36], dtype: 'f16' }, b: { shape: [36, 68], dtype: 'f16' } },
      options: { alpha: 0.5 },
    },
    'f16, odd batches of both transposed': {
      inputs: { a: { shape: [3, 9, 7], dtype: 'f16' }, b: { shape: [3, 5, 9], dtype: 'f16' } },
      options: { transposeA: true, transposeB: true },
    },
    'an f16 binding past 256 KiB': {
      inputs: { a: { shape: [9000, 18], dtype: 'f16' }, b: { shape: [18, 5], dtype: 'f16' } },
      options: {},
    },
    'q8 weights, odd sizes': {
      inputs: { a: [3, 7], b: { shape: [5, 7], dtype: 'q8' }, bias: [5], residual: [3, 5] },
      options: { transposeB: true, activation: 'relu' },
    },
    'q8 weights, rows of four in groups of 32 and 4': {
      inputs: { a: [70, 36], b: { shape: [68, 36], dtype: 'q8' }, bias: [68], residual: [70, 68] },
      options: { transposeB: true, activation: 'relu' },
    },
    'q8 weights, rows of odd length in three groups': {
      inputs: { a: [9, 77], b: { shape: [6, 77], dtype: 'q8' } },
      options: { transposeB: true },
    },
    'q8 weights, long sums': {
      inputs: { a: [2, 320], b: { shape: [36, 320], dtype: 'q8' }, bias: [36] },
      options: { transposeB: true, alpha: 0.25, activation: 'gelu' },
    },
    'q8 weights that are not transposed, odd': {
      inputs: { a: [5, 9], b: { shape: [9, 37], dtype: 'q8' } },
      options: {},
    },
    'q8 weights that are not transposed, in quads': {
      inputs: { a: [35, 12], b: { shape: [12, 68], dtype: 'q8' } },
      options: {},
    },
    'batches of q8 weights, odd': {
      inputs: { a: [2, 3, 5, 7], b: { shape: [3, 6, 7], dtype: 'q8' }, bias: [3, 6] },
      options: { transposeB: true },
    },
    'batches of q8 weights that are not transposed, past 256 KiB': {
      inputs: { a: [3, 1200, 28], b: { shape: [3, 28, 36], dtype: 'q8' } },
      options: {},
    },
    'q8 on the left': {
      inputs: { a: { shape: [5, 40], dtype: 'q8' }, b: [40, 7] },
      options: {},
    },
    'q8 weights and more rows than one binding holds': {
      inputs: { a: [5000, 16], b: { shape: [20, 16], dtype: 'q8' }, residual: [5000, 20] },
      options: { transposeB: true },
    },
    'batches past 256 KiB': { inputs: { a: [90, 30, 28], b: [90, 28, 30] }, options: {} },
  },
  bench: {
    '512^3': { inputs: { a: [512, 512], b: [512, 512] }, options: {} },
    '1024^3': { inputs: { a: [1024, 1024], b: [1024, 1024] }, options: {} },
    'swin-t stage 3 MLP at 800x1344': {
      inputs: { a: [4200, 384], b: [1536, 384], bias: [1536] },
      options: { transposeB: true, activation: 'gelu' },
    },
    'attention scores of 8 heads, 1000 tokens': {
      inputs: { a: [8, 1000, 32], b: [8, 1000, 32] },
      options: { transposeB: true },
    },
    'attention values of 12 heads, 256 tokens': {
      inputs: { a: [12, 256, 256], b: [12, 256, 64] },
      options: {},
    },
    'glip-t fusion gathers image features at 800x1344, 32 tokens': {
      inputs: { a: [1, 22400, 256], b: [1, 22400, 256] },
      options: { transposeA: true },
    },
    'bert MLP of 32 tokens': {
      inputs: { a: [32, 768], b: [3072, 768], bias: [3072] },
      options: { transposeB: true, activation: 'gelu' },
    },
    'bert MLP of 32 tokens, f16 weights': {
      inputs: { a: [32, 768], b: { shape: [3072, 768], dtype: 'f16' }, bias: [3072] },
      options: { transposeB: true, activation: 'gelu' },
    },
    'bert MLP of 32 tokens, q8 weights': {
      inputs: { a: [32, 768], b: { shape: [3072, 768], dtype: 'q8' }, bias: [3072] },
      options: { transposeB: true, activation: 'gelu' },
    },
    'swin-t stage 3 MLP at 800x1344, q8 weights': {
      inputs: { a: [4200, 384], b: { shape: [1536, 384], dtype: 'q8' }, bias: [1536] },
      options: { transposeB: true, activation: 'gelu' },
    },
    'swin-t stage 1 MLP at 800x1344': {
      inputs: { a: [67200, 96], b: [384, 96], bias: [384] },
      options: { transposeB: true, activation: 'gelu' },
    },
  },
});
