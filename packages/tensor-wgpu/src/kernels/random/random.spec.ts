import { kernelSpec, NdArray } from '../../testing/index.ts';
import { dropout, dropoutMask, dropPath } from './dropout.ts';
import { keptFactors, philox } from './philox.ts';
import { nextStep, randomKey, randomNormal, randomUniform } from './random.ts';

interface Options {
  readonly kind: 'uniform' | 'normal' | 'dropout' | 'mask' | 'path';
  readonly seed: number;
  readonly place: number;
  readonly step?: number;
}

const RATE = 0.3;

export default kernelSpec({
  name: 'random',
  inputs: ['x'],
  differentiable: ['x'],
  run({ x }, { kind, seed, place, step = 0 }: Options) {
    const key = randomKey(x.device, seed, step);
    if (kind === 'uniform') return randomUniform(key, x.shape, place);
    if (kind === 'normal') return randomNormal(key, x.shape, place);
    if (kind === 'mask') return dropoutMask(x.shape, RATE, key, place);
    const y = (kind === 'path' ? dropPath : dropout)(x, RATE, key, place);
    nextStep(key); // before the gradient is taken
    return y;
  },
  reference({ x }, { kind, seed, place, step = 0 }) {
    const key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
    const bits = Array.from({ length: Math.ceil(x.data.length / 4) }, (_, i) =>
      philox([i, place, step % 2 ** 32, Math.floor(step / 2 ** 32)], key),
    );
    if (kind === 'mask' || kind === 'path') {
      const drawn = kind === 'path' ? x.dim(0) : x.data.length;
      const factors = keptFactors(drawn, RATE, seed, place, step);
      const each = x.data.length / drawn;
      const of = (i: number): number => factors[Math.floor(i / each)];
      return new NdArray(
        x.shape,
        x.data.map((value, i) => of(i) * (kind === 'path' ? value : 1)),
      );
    }
    const fraction = (i: number, k: number): number => (bits[i][k] >>> 8) / 2 ** 24;
    return new NdArray(
      x.shape,
      x.data.map((value, at) => {
        const [i, k] = [Math.floor(at / 4), at % 4];
        if (kind === 'uniform') return fraction(i, k);
        if (kind === 'dropout') return fraction(i, k) >= RATE ? value / (1 - RATE) : 0;
        const radius = Math.sqrt(-2 * Math.log(1 - fraction(i, k - (k % 2))));
        const angle = 2 * Math.PI * fraction(i, k - (k % 2) + 1);
        return radius * (k % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
      }),
    );
  },
  tolerance: { rtol: 1e-5, atol: 3e-6, because: 'log is within 2^-21 near 1' },
  cases: {
    'one element': { inputs: { x: [1] }, options: { kind: 'uniform', seed: 0, place: 0 } },
    'uniform, odd': {
      inputs: { x: [3, 7] },
      options: { kind: 'uniform', seed: 7, place: 3, step: 2 ** 33 + 5 },
    },
    normal: { inputs: { x: [50, 7] }, options: { kind: 'normal', seed: 2 ** 40 + 1, place: 2 ** 32 - 1 } },
    dropout: { inputs: { x: [5, 9] }, options: { kind: 'dropout', seed: 1, place: 9, step: 4 } },
    mask: { inputs: { x: [3, 7] }, options: { kind: 'mask', seed: 1, place: 9, step: 4 } },
    'whole samples': { inputs: { x: [9, 3, 5] }, options: { kind: 'path', seed: 3, place: 2, step: 1 } },
    'samples past 256 KiB': { inputs: { x: [5, 16001] }, options: { kind: 'path', seed: 6, place: 2 } },
    'past 256 KiB': { inputs: { x: [70001] }, options: { kind: 'uniform', seed: 3, place: 1 } },
    'dropout past 256 KiB': { inputs: { x: [70001] }, options: { kind: 'dropout', seed: 3, place: 1 } },
  },
  bench: {
    'p3 of GLIP-T at 800x1344': {
      inputs: { x: [1, 100, 168, 256] },
      options: { kind: 'dropout', seed: 3, place: 1 },
    },
  },
});
