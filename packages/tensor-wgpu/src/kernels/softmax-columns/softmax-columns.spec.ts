import { kernelSpec, NdArray } from '../../testing/index.ts';
import { softmaxColumns } from './softmax-columns.ts';

export default kernelSpec({
  name: 'softmax-columns',
  inputs: ['x'],
  differentiable: [],
  run: ({ x }) => softmaxColumns(x),
  reference({ x }) {
    const [, rows] = x.shape;
    return NdArray.fill(x.shape, (b, n, c) => {
      const column = Array.from({ length: rows }, (_, row) => x.get(b, row, c));
      const most = Math.max(...column);
      const total = column.reduce((sum, value) => sum + Math.exp(value - most), 0);
      return Math.exp(x.get(b, n, c) - most) / total;
    });
  },
  cases: {
    'one element': { inputs: { x: [1, 1, 1] }, options: {} },
    'odd sizes': { inputs: { x: [2, 7, 5] }, options: {} },
    'several chunks of rows': { inputs: { x: [2, 600, 8] }, options: {} },
    'images past 256 KiB': { inputs: { x: [20, 60, 128] }, options: {} },
  },
  bench: { 'GLIP-T fusion, 32 tokens at 800x1344': { inputs: { x: [1, 22400, 256] }, options: {} } },
});
