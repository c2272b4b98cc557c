import { kernelSpec, NdArray } from '../../testing/index.ts';
import { affine } from '../elementwise/elementwise.ts';
import { softmaxColumns } from './softmax-columns.ts';

interface Options {
  readonly scale?: number;
  readonly shift?: number;
}

export default kernelSpec({
  name: 'softmax-columns',
  inputs: ['x'],
  differentiable: ['x'],
  run({ x }, { scale = 1, shift = 0 }: Options) {
    const { weights, statistics } = softmaxColumns(affine(x, scale, shift));
    return [weights, statistics];
  },
  reference({ x }, { scale = 1, shift = 0 }) {
    const [batch, rows, cols] = x.shape;
    const weights = new NdArray(x.shape);
    const statistics = new NdArray([batch, 2, cols]);
    for (let b = 0; b < batch; b++) {
      for (let c = 0; c < cols; c++) {
        const column = Array.from({ length: rows }, (_, n) => scale * x.get(b, n, c) + shift);
        const most = Math.max(...column);
        const total = column.reduce((sum, value) => sum + Math.exp(value - most), 0);
        for (const [n, value] of column.entries()) {
          weights.data[weights.at(b, n, c)] = Math.exp(value - most) / total;
        }
        statistics.data[statistics.at(b, 0, c)] = most;
        statistics.data[statistics.at(b, 1, c)] = total;
      }
    }
    return [weights, statistics];
  },
  cases: {
    'one element': { inputs: { x: [1, 1, 1] }, options: {} },
    'odd sizes': { inputs: { x: [2, 7, 5] }, options: {} },
    'several chunks of rows': { inputs: { x: [2, 600, 8] }, options: {} },
    'columns of the lowest number': {
      inputs: { x: [1, 7, 3] },
      options: { scale: 0, shift: -3.4028234663852886e38 },
    },
    'images past 256 KiB': { inputs: { x: [20, 60, 128] }, options: {} },
  },
  bench: { 'GLIP-T fusion, 32 tokens at 800x1344': { inputs: { x: [1, 22400, 256] }, options: {} } },
});
