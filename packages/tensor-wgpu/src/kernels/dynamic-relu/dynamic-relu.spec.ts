import { kernelSpec, NdArray } from '../../testing/index.ts';
import { dynamicRelu } from './dynamic-relu.ts';

export default kernelSpec({
  name: 'dynamic-relu',
  inputs: ['x', 'theta'],
  differentiable: ['x', 'theta'],
  run: ({ x, theta }) => dynamicRelu(x, theta),
  reference({ x, theta }) {
    const channels = x.dim(3);
    return NdArray.fill(x.shape, (b, i, j, c) => {
      const h = (part: number): number => Math.min(Math.max(theta.get(b, part * channels + c) + 3, 0), 6) / 6;
      const value = x.get(b, i, j, c);
      return Math.max(2 * h(0) * value + h(1) - 0.5, (2 * h(2) - 1) * value + h(3) - 0.5);
    });
  },
  cases: {
    'one element': { inputs: { x: [1, 1, 1, 1], theta: [1, 4] } },
    'odd sizes': { inputs: { x: [2, 5, 3, 7], theta: [2, 28] } },
    quads: { inputs: { x: [2, 3, 5, 8], theta: [2, 32] } },
    'images past 256 KiB': { inputs: { x: [12, 14, 14, 32], theta: [12, 128] } },
  },
  bench: { 'p3 of GLIP-T at 800x1344': { inputs: { x: [1, 100, 168, 256], theta: [1, 1024] } } },
});
