import { kernelSpec, NdArray } from '../../testing/index.ts';
import { affine } from '../elementwise/elementwise.ts';
import { addAssign, assign } from './assign.ts';

interface Options {
  readonly scale?: number;
}

export default kernelSpec({
  name: 'assign',
  inputs: ['target', 'source'],
  differentiable: [],
  inPlace: true,
  run({ target, source }, options?: Options) {
    const own = affine(target, 1, 0);
    if (options?.scale === undefined) assign(own, source);
    else addAssign(own, source, options.scale);
    return own;
  },
  reference: ({ target, source }, options) =>
    new NdArray(
      target.shape,
      target.data.map(
        (value, i) => (options?.scale === undefined ? 0 : value) + (options?.scale ?? 1) * source.data[i],
      ),
    ),
  cases: {
    'one element': { inputs: { target: [1], source: [1] } },
    odd: { inputs: { target: [3, 7], source: [3, 7] } },
    'added, times a factor': { inputs: { target: [5], source: [5] }, options: { scale: -0.5 } },
    'past 256 KiB': { inputs: { target: [70001], source: [70001] } },
    'added past 256 KiB': { inputs: { target: [70001], source: [70001] }, options: { scale: 2 } },
  },
  bench: {
    'p3 of GLIP-T at 800x1344': {
      inputs: { target: [1, 100, 168, 256], source: [1, 100, 168, 256] },
      options: { scale: 1 },
    },
  },
});
