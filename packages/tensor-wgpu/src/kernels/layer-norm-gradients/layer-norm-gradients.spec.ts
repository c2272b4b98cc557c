import { kernelSpec, NdArray, sum } from '../../testing/index.ts';
import { layerNormGradients } from './layer-norm-gradients.ts';

const shapes = (rows: number, cols: number) => ({
  inputs: { x: [rows, cols], weight: [cols], dy: [rows, cols] },
  options: {},
});

export default kernelSpec({
  name: 'layer-norm-gradients',
  inputs: ['x', 'weight', 'dy'],
  differentiable: [],
  backwardOf: 'layer-norm',
  run({ x, weight, dy }) {
    const { dx, dweight, dbias } = layerNormGradients(x, weight, dy, 1e-5);
    return [dx, dweight, dbias];
  },
  reference({ x, weight, dy }) {
    const [rows, cols] = x.shape;
    const [dx, dweight, dbias] = [new NdArray(x.shape), new NdArray([cols]), new NdArray([cols])];
    for (let row = 0; row < rows; row++) {
      const values = Array.from({ length: cols }, (_, c) => x.get(row, c));
      const mean = sum(values) / cols;
      const variance = sum(values.map((value) => (value - mean) ** 2)) / cols;
      const deviation = Math.sqrt(variance + 1e-5);
      const normal = values.map((value) => (value - mean) / deviation);
      const g = normal.map((_, c) => dy.get(row, c) * weight.get(c));
      const meanG = sum(g) / cols;
      const meanGn = sum(g.map((value, c) => value * normal[c])) / cols;
      for (let c = 0; c < cols; c++) {
        dx.data[dx.at(row, c)] = (g[c] - meanG - normal[c] * meanGn) / deviation;
        dweight.data[c] += dy.get(row, c) * normal[c];
        dbias.data[c] += dy.get(row, c);
      }
    }
    return [dx, dweight, dbias];
  },
  tolerance: {
    rtol: 1e-5,
    atol: 4e-5,
    because: 'sums over 1100 rows; rows of few values may deviate little, and their slopes are large',
  },
  cases: {
    'one element': shapes(1, 1),
    'odd width': shapes(15, 7),
    quads: shapes(9, 12),
    'wider than a workgroup': shapes(2, 300),
    'an odd last chunk': shapes(1283, 5),
    'more rows than the grid has under tight caps': shapes(3001, 4),
    'rows past 256 KiB': shapes(1100, 64),
    'wide rows past 256 KiB': shapes(201, 450),
  },
  bench: {
    'swin-t stage 1 at 800x1344': shapes(67200, 96),
    'bert, 256 tokens': shapes(256, 768),
  },
});
