import { kernelSpec, NdArray, sum } from '../../testing/index.ts';
import { affine } from '../elementwise/elementwise.ts';
import { softmaxColumns } from '../softmax-columns/softmax-columns.ts';
import { softmaxColumnsInput } from './softmax-columns-input.ts';

interface Options {
  readonly scale?: number;
}

const shapes = (batch: number, rows: number, cols: number) => ({
  x: [batch, rows, cols],
  dweights: [batch, rows, cols],
  dstatistics: [batch, 2, cols],
});

export default kernelSpec({
  name: 'softmax-columns-input',
  inputs: ['x', 'dweights', 'dstatistics'],
  differentiable: [],
  backwardOf: 'softmax-columns',
  run({ x, ...slopes }, { scale = 1 }: Options) {
    const scaled = affine(x, scale, 0);
    return softmaxColumnsInput(scaled, softmaxColumns(scaled).statistics, slopes);
  },
  reference({ x, dweights, dstatistics }, { scale = 1 }) {
    const [batch, rows, cols] = x.shape;
    const dx = new NdArray(x.shape);
    for (let b = 0; b < batch; b++) {
      for (let c = 0; c < cols; c++) {
        const column = Array.from({ length: rows }, (_, n) => scale * x.get(b, n, c));
        const most = Math.max(...column);
        const sizes = column.map((value) => Math.exp(value - most));
        const total = sum(sizes);
        const toWeight = (n: number): number => dweights?.get(b, n, c) ?? 0;
        const mean = sum(sizes.map((size, n) => (size / total) * toWeight(n)));
        const [toMost, toTotal] = [0, 1].map((row) => dstatistics?.get(b, row, c) ?? 0);
        const maxima = column.filter((value) => value === most).length;
        for (const [n, size] of sizes.entries()) {
          const ofHighest = column[n] === most ? (toMost - total * toTotal) / maxima : 0;
          dx.data[dx.at(b, n, c)] = (size / total) * (toWeight(n) - mean) + size * toTotal + ofHighest;
        }
      }
    }
    return dx;
  },
  tolerance: { rtol: 1e-5, atol: 4e-4, because: 'the sum of a column of 5000 has seven digits' },
  cases: {
    'one element': { inputs: shapes(1, 1, 1), options: {} },
    'odd sizes': { inputs: shapes(2, 7, 5), options: {} },
    'weights alone, several chunks': {
      inputs: { x: [2, 600, 8], dweights: [2, 600, 8] },
      options: { scale: 3 },
    },
    'statistics alone': { inputs: { x: [2, 40, 6], dstatistics: [2, 2, 6] }, options: {} },
    'equal values': { inputs: shapes(1, 9, 3), options: { scale: 0 } },
    'chunks that are merged first': { inputs: shapes(1, 5000, 4), options: {} },
    'images past 256 KiB': { inputs: shapes(20, 60, 128), options: {} },
  },
  bench: { 'GLIP-T fusion, 32 tokens at 800x1344': { inputs: shapes(1, 22400, 256), options: {} } },
});
