import { kernelSpec, NdArray } from '../../testing/index.ts';
import { applyUnary } from './apply.ts';
import { affine } from './elementwise.ts';
import { UNARY_REFERENCES } from './references.ts';
import { UNARY, type Unary } from './table.ts';

interface Options {
  readonly row: Unary;
  readonly a?: number;
  readonly b?: number;
  /** x is scaled and shifted first, to reach where the function is curved. */
  readonly scale?: number;
  readonly shift?: number;
}

const rows = (Object.keys(UNARY) as Unary[]).map((row) => {
  const positive = row === 'sqrt' || row === 'log' || row === 'divideInto';
  const options: Options = { row, a: -0.4, b: 0.6, scale: positive ? 0.4 : 4, shift: positive ? 0.6 : 0.1 };
  return [row, { inputs: { x: [3, 7] }, options }] as const;
});

export default kernelSpec({
  name: 'unary',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, { row, a, b, scale = 1, shift = 0 }: Options) =>
    applyUnary(row, scale === 1 && shift === 0 ? x : affine(x, scale, shift), a, b),
  reference({ x }, { row, a = 0, b = 0, scale = 1, shift = 0 }) {
    const f = UNARY_REFERENCES[row];
    return new NdArray(
      x.shape,
      x.data.map((value) => f(scale * value + shift, a, b)),
    );
  },
  tolerance: { rtol: 3e-6, atol: 2e-6, because: 'exp is within 10 ulp; erf and tanh within 3e-7' },
  cases: {
    ...Object.fromEntries(rows),
    'one element': { inputs: { x: [1] }, options: { row: 'gelu' } },
    'past a workgroup': { inputs: { x: [3, 333] }, options: { row: 'relu' } },
    'large values': { inputs: { x: [40] }, options: { row: 'sigmoid', scale: 80 } },
    'tanh far out': { inputs: { x: [40] }, options: { row: 'tanh', scale: 200 } },
    'tanh near zero': { inputs: { x: [40] }, options: { row: 'tanh', scale: 0.8 } },
    'elements past 256 KiB': { inputs: { x: [70001] }, options: { row: 'square' } },
  },
  bench: { 'p3 of GLIP-T at 800x1344': { inputs: { x: [1, 100, 168, 256] }, options: { row: 'sigmoid' } } },
});
