import { kernelSpec, NdArray, sum } from '../../testing/index.ts';
import { affine } from '../elementwise/elementwise.ts';
import { crossEntropy } from './cross-entropy.ts';

interface Options {
  /** Logits are multiplied by this. */
  readonly scale?: number;
}

export default kernelSpec({
  name: 'cross-entropy',
  inputs: ['logits', 'targets'],
  differentiable: ['logits'],
  run: ({ logits, targets }, options?: Options) =>
    crossEntropy(affine(logits, options?.scale ?? 1, 0), targets),
  reference({ logits, targets }, options) {
    const scale = options?.scale ?? 1;
    const cols = logits.dim(-1);
    return NdArray.fill(logits.shape.slice(0, -1), (...at) => {
      const target = targets.get(...at);
      if (target >= cols) return 0;
      const row = Array.from({ length: cols }, (_, c) => scale * logits.get(...at, c));
      const top = Math.max(...row);
      return top + Math.log(sum(row.map((x) => Math.exp(x - top)))) - row[target];
    });
  },
  tolerance: { rtol: 2e-5, atol: 2e-6, because: 'exp and log are within some ulp of large sums' },
  cases: {
    'one class': { inputs: { logits: [1, 1], targets: { shape: [1], below: 1 } } },
    'odd rows': { inputs: { logits: [5, 7], targets: { shape: [5], below: 7 } } },
    'rows of quads': { inputs: { logits: [2, 3, 8], targets: { shape: [2, 3], below: 8 } } },
    'targets that are no class': { inputs: { logits: [9, 4], targets: { shape: [9], below: 8 } } },
    'large logits': {
      inputs: { logits: [3, 33], targets: { shape: [3], below: 33 } },
      options: { scale: 300 },
    },
    'past 256 KiB': { inputs: { logits: [1100, 64], targets: { shape: [1100], below: 64 } } },
  },
  bench: {
    'a thousand classes': { inputs: { logits: [256, 1000], targets: { shape: [256], below: 1000 } } },
  },
});
