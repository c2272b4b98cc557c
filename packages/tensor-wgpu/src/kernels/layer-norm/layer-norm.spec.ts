import { kernelSpec, NdArray, sum } from '../../testing/index.ts';
import { layerNorm } from './layer-norm.ts';

export default kernelSpec({
  name: 'layer-norm',
  inputs: ['x', 'weight', 'bias'],
  differentiable: ['x', 'weight', 'bias'],
  run: ({ x, weight, bias }) => layerNorm(x, weight, bias),

  reference({ x, weight, bias }) {
    const y = new NdArray(x.shape);
    const cols = x.dim(-1);
    for (let start = 0; start < x.data.length; start += cols) {
      const row = x.data.subarray(start, start + cols);
      const mean = sum(row) / cols;
      const variance = sum(row.map((value) => (value - mean) ** 2)) / cols;
      for (let c = 0; c < cols; c++) {
        const normal = (row[c] - mean) / Math.sqrt(variance + 1e-5);
        y.data[start + c] = normal * weight.data[c] + bias.data[c];
      }
    }
    return y;
  },
  tolerance: { rtol: 1e-5, atol: 4e-6, because: 'inverseSqrt is within 2 ulp, sums over 200 values' },

  cases: {
    'one element': { inputs: { x: [1, 1], weight: [1], bias: [1] }, options: {} },
    'odd width': { inputs: { x: [3, 5, 7], weight: [7], bias: [7] }, options: {} },
    quads: { inputs: { x: [9, 12], weight: [12], bias: [12] }, options: {} },
    'wider than a workgroup': { inputs: { x: [2, 300], weight: [300], bias: [300] }, options: {} },
    'blocks of each lane, and a rest': {
      inputs: { x: [2, 1101], weight: [1101], bias: [1101] },
      options: {},
    },
    'blocks of quads, and a quad': { inputs: { x: [3, 1028], weight: [1028], bias: [1028] }, options: {} },
    'more rows than the grid has under tight caps': {
      inputs: { x: [400, 4], weight: [4], bias: [4] },
      options: {},
    },
    'rows past 256 KiB': { inputs: { x: [1100, 64], weight: [64], bias: [64] }, options: {} },
  },
  bench: {
    'swin-t stage 1 at 800x1344': { inputs: { x: [1, 67200, 96], weight: [96], bias: [96] }, options: {} },
    'swin-t stage 2, merged, at 800x1344': {
      inputs: { x: [1, 16800, 384], weight: [384], bias: [384] },
      options: {},
    },
    'bert, 256 tokens': { inputs: { x: [1, 256, 768], weight: [768], bias: [768] }, options: {} },
  },
});
