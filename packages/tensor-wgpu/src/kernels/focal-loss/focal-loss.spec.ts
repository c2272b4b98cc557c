import { kernelSpec, NdArray } from '../../testing/index.ts';
import { applyBinary } from '../elementwise/apply.ts';
import { affine } from '../elementwise/elementwise.ts';
import { type FocalLossOptions, focalLoss } from './focal-loss.ts';

interface Options extends FocalLossOptions {
  /** Largest logit. */
  readonly reach: number;
  /** Targets between 0 and 1 instead of 0 or 1. */
  readonly soft?: boolean;
}

export default kernelSpec({
  name: 'focal-loss',
  inputs: ['logits', 'targets'],
  differentiable: ['logits'],
  run: ({ logits, targets }, { reach, soft, ...options }: Options) => {
    const zero = affine(targets, 0, 0);
    const given = soft ? affine(targets, 0.5, 0.5) : applyBinary('notLess', targets, zero);
    return focalLoss(affine(logits, reach, 0), given, options);
  },

  reference({ logits, targets }, { reach, soft, alpha, gamma }) {
    const loss = (x: number, t: number): number => {
      const p = 1 / (1 + Math.exp(-x));
      const q = 1 / (1 + Math.exp(x));
      const entropy = Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x)));
      const weight = alpha === undefined ? 1 : alpha * t + (1 - alpha) * (1 - t);
      return weight * entropy * (t * q + (1 - t) * p) ** gamma;
    };
    const y = new NdArray(logits.shape);
    for (let i = 0; i < y.data.length; i++) {
      const t = targets.data[i];
      y.data[i] = loss(reach * logits.data[i], soft ? 0.5 * t + 0.5 : Number(t >= 0));
    }
    return y;
  },
  tolerance: { rtol: 2e-5, because: 'exp and log are exact to some ulp, and are squared' },

  cases: {
    'one element': { inputs: { logits: [1], targets: [1] }, options: { alpha: 0.25, gamma: 2, reach: 3 } },
    'odd sizes': {
      inputs: { logits: [2, 13, 9], targets: [2, 13, 9] },
      options: { alpha: 0.25, gamma: 2, reach: 3 },
    },
    'certain answers': {
      inputs: { logits: [300], targets: [300] },
      options: { alpha: 0.25, gamma: 2, reach: 60 },
    },
    'binary cross entropy with soft targets': {
      inputs: { logits: [5, 7], targets: [5, 7] },
      options: { gamma: 0, reach: 20, soft: true },
    },
    'another power': { inputs: { logits: [5, 7], targets: [5, 7] }, options: { gamma: 1.5, reach: 4 } },
    'elements past 256 KiB': {
      inputs: { logits: [70001], targets: [70001] },
      options: { alpha: 0.25, gamma: 2, reach: 3 },
    },
  },
  bench: {
    'token logits of GLIP-T at 800x1344, 256 tokens': {
      inputs: { logits: [1, 22400, 256], targets: [1, 22400, 256] },
      options: { alpha: 0.25, gamma: 2, reach: 3 },
    },
  },
});
