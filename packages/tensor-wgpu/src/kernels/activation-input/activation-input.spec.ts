import { kernelSpec, NdArray } from '../../testing/index.ts';
import { type ActivationInputOptions, activationInput } from './activation-input.ts';

const SLOPES: Readonly<Record<string, (y: number, a: number, b: number) => number>> = {
  identity: () => 1,
  relu: (y) => Number(y > 0),
  sigmoid: (y) => y * (1 - y),
  clamp: (y, a, b) => Number(y > a && y < b),
};

const shapes = (shape: readonly number[], options: ActivationInputOptions) => ({
  inputs: { y: shape, dy: shape },
  options,
});

export default kernelSpec({
  name: 'activation-input',
  inputs: ['y', 'dy'],
  differentiable: [],
  backwardOf: 'matmul',
  run: ({ y, dy }, options: ActivationInputOptions) => activationInput(y, dy, options),
  reference({ y, dy }, { activation, bounds = [0, 0], groups = 1, activateFrom = 0, planar }) {
    const value = (at: number[], channel: number, channels: number): number => {
      const slope = SLOPES[activation](y.get(...at), bounds[0], bounds[1]);
      return dy.get(...at) * (channel % (channels / groups) < activateFrom ? 1 : slope);
    };
    if (!planar) return NdArray.fill(y.shape, (...at) => value(at, at[at.length - 1], y.dim(-1)));
    const [batch, channels, height, width] = y.shape;
    return NdArray.fill([batch, height, width, channels], (b, h, w, c) => value([b, c, h, w], c, channels));
  },
  cases: {
    'one element': shapes([1], { activation: 'relu' }),
    'odd, between bounds': shapes([5, 7], { activation: 'clamp', bounds: [-0.5, 0.25] }),
    'quads of a sigmoid': shapes([3, 8], { activation: 'sigmoid' }),
    'groups, from a channel on': shapes([3, 10], { activation: 'sigmoid', groups: 2, activateFrom: 3 }),
    'groups of quads, from a channel on': shapes([3, 16], { activation: 'relu', groups: 2, activateFrom: 4 }),
    'planar, from a channel on': shapes([2, 27, 3, 5], {
      activation: 'sigmoid',
      activateFrom: 18,
      planar: true,
    }),
    'planar and linear': shapes([2, 3, 3, 5], { activation: 'identity', planar: true }),
    'past 256 KiB': shapes([1100, 63], { activation: 'relu' }),
    'planar images past 256 KiB': shapes([12, 27, 16, 16], { activation: 'sigmoid', planar: true }),
  },
  bench: {
    'scores of a range of GLIP-T': shapes([1, 8192, 2048], { activation: 'clamp', bounds: [-50000, 50000] }),
  },
});
