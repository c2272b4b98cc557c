import { kernelSpec, NdArray } from '../../testing/index.ts';
import { add, affine, div, maximum, minimum, mul, sub } from './elementwise.ts';
import { BINARY_REFERENCES } from './references.ts';

interface Options {
  readonly operation: keyof typeof OPERATIONS;
  readonly left?: number;
  readonly right?: number;
}

const OPERATIONS = { add, sub, mul, div, maximum, minimum } as const;

/** Values away from zero, where a quotient is not smooth. */
const shifted = (x: number): number => 0.25 * x + 0.6;

export default kernelSpec({
  name: 'scalar',
  inputs: ['x'],
  differentiable: ['x'],
  run({ x }, { operation, left, right }: Options) {
    const own = affine(x, 0.25, 0.6);
    return OPERATIONS[operation](left ?? own, right ?? own);
  },
  reference({ x }, { operation, left, right }) {
    const f = BINARY_REFERENCES[operation];
    return new NdArray(
      x.shape,
      x.data.map((value) => f(left ?? shifted(value), right ?? shifted(value))),
    );
  },
  tolerance: { rtol: 2e-6, because: 'a division is within 2.5 ulp' },
  cases: Object.fromEntries(
    (Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]).flatMap((operation) => [
      [`${operation}, a number on the left`, { inputs: { x: [3, 7] }, options: { operation, left: 0.7 } }],
      [`${operation}, a number on the right`, { inputs: { x: [5] }, options: { operation, right: -1.5 } }],
    ]),
  ),
  bench: {
    'p3 of GLIP-T at 800x1344': {
      inputs: { x: [1, 100, 168, 256] },
      options: { operation: 'mul', right: 0.5 },
    },
  },
});
