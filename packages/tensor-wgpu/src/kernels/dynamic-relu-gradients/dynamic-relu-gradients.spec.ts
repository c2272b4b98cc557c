import { kernelSpec, NdArray } from '../../testing/index.ts';
import { dynamicReluGradients } from './dynamic-relu-gradients.ts';

const shapes = (images: number, height: number, width: number, channels: number) => ({
  inputs: {
    x: [images, height, width, channels],
    theta: [images, 4 * channels],
    dy: [images, height, width, channels],
  },
});

export default kernelSpec({
  name: 'dynamic-relu-gradients',
  inputs: ['x', 'theta', 'dy'],
  differentiable: [],
  backwardOf: 'dynamic-relu',
  run({ x, theta, dy }) {
    const { dx, dtheta } = dynamicReluGradients(x, theta, dy);
    return [dx, dtheta];
  },
  reference({ x, theta, dy }) {
    const channels = x.dim(3);
    const [dx, dtheta] = [new NdArray(x.shape), new NdArray(theta.shape)];
    for (const [flat, value] of x.data.entries()) {
      const [b, , , c] = x.indexOf(flat);
      const at = (part: number): number => theta.at(b, part * channels + c);
      const h = (part: number): number => Math.min(Math.max(theta.data[at(part)] + 3, 0), 6) / 6;
      const [a1, b1, a2, b2] = [2 * h(0), h(1) - 0.5, 2 * h(2) - 1, h(3) - 0.5];
      const [line, slope] = a1 * value + b1 >= a2 * value + b2 ? [0, a1] : [2, a2];
      dx.data[flat] = dy.data[flat] * slope;
      // Inputs of cases stay within the slope of the hard sigmoid, 1 / 6.
      dtheta.data[at(line)] += (2 * value * dy.data[flat]) / 6;
      dtheta.data[at(line + 1)] += dy.data[flat] / 6;
    }
    return [dx, dtheta];
  },
  tolerance: { rtol: 1e-5, atol: 1e-5, because: 'sums over up to 260 pixels' },
  cases: {
    'one element': shapes(1, 1, 1, 1),
    'odd sizes': shapes(2, 5, 3, 7),
    quads: shapes(2, 3, 5, 8),
    'many chunks': shapes(1, 13, 20, 3),
    'images past 256 KiB': shapes(12, 14, 14, 32),
  },
  bench: { 'p3 of GLIP-T at 800x1344': shapes(1, 100, 168, 256) },
});
