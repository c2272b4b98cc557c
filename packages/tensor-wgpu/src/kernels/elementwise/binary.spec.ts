import { kernelSpec, NdArray } from '../../testing/index.ts';
import { applyBinary } from './apply.ts';
import { add, affine, div, maximum, minimum, mul, sub } from './elementwise.ts';
import { BINARY_REFERENCES } from './references.ts';
import type { Binary } from './table.ts';

interface Options {
  readonly row: Binary;
}

const OPERATIONS = { add, sub, mul, div, maximum, minimum } as const;

export default kernelSpec({
  name: 'binary',
  inputs: ['a', 'b'],
  differentiable: ['a', 'b'],
  // Divisors stay away from zero.
  run: ({ a, b }, { row }: Options) => {
    const right = row === 'div' ? affine(b, 0.25, 1) : b;
    return row in OPERATIONS
      ? OPERATIONS[row as keyof typeof OPERATIONS](a, right)
      : applyBinary(row, a, right);
  },
  reference({ a, b }, { row }) {
    const axes = Math.max(a.shape.length, b.shape.length);
    const pad = (shape: readonly number[]): number[] => [...Array(axes - shape.length).fill(1), ...shape];
    const [left, right] = [new NdArray(pad(a.shape), a.data), new NdArray(pad(b.shape), b.data)];
    const shape = left.shape.map((length, axis) => Math.max(length, right.shape[axis]));
    const pick = (x: NdArray, at: number[]): number =>
      x.get(...at.map((n, axis) => (x.shape[axis] === 1 ? 0 : n)));
    return NdArray.fill(shape, (...at) => {
      const value = pick(right, at);
      return BINARY_REFERENCES[row](pick(left, at), row === 'div' ? 0.25 * value + 1 : value);
    });
  },
  cases: {
    'one element': { inputs: { a: [1], b: [1] }, options: { row: 'add' } },
    'equal odd shapes': { inputs: { a: [3, 7], b: [3, 7] }, options: { row: 'sub' } },
    'a row repeated': { inputs: { a: [5, 8], b: [8] }, options: { row: 'mul' } },
    'an odd row repeated': { inputs: { a: [5, 7], b: [7] }, options: { row: 'add' } },
    'a number repeated': { inputs: { a: [2, 3, 5], b: [1] }, options: { row: 'div' } },
    'both repeated': { inputs: { a: [2, 1, 5, 3], b: [4, 1, 3] }, options: { row: 'mul' } },
    'the left repeated': { inputs: { a: [3], b: [2, 5, 3] }, options: { row: 'div' } },
    'per image and channel': { inputs: { a: [2, 3, 4, 5], b: [2, 1, 1, 5] }, options: { row: 'maximum' } },
    'the smaller, a row repeated': { inputs: { a: [5, 7], b: [7] }, options: { row: 'minimum' } },
    'no less than': { inputs: { a: [3, 7], b: [3, 7] }, options: { row: 'notLess' } },
    'greater than': { inputs: { a: [3, 7], b: [7] }, options: { row: 'greater' } },
    'less than': { inputs: { a: [3, 7], b: [3, 1] }, options: { row: 'less' } },
    'elements past 256 KiB': { inputs: { a: [70001], b: [70001] }, options: { row: 'maximum' } },
    'a number for each row, past 256 KiB': {
      inputs: { a: [1100, 64], b: [1100, 1] },
      options: { row: 'sub' },
    },
    'a number for each row of quads': { inputs: { a: [5, 8], b: [5, 1] }, options: { row: 'mul' } },
    'a number for each row on the left': { inputs: { a: [3, 1], b: [2, 3, 4] }, options: { row: 'div' } },
    'runs of axes that merge': {
      inputs: { a: [2, 1, 1, 3, 4], b: [2, 3, 5, 1, 1] },
      options: { row: 'sub' },
    },
    'odd rows past 256 KiB': { inputs: { a: [1100, 63], b: [1100, 1] }, options: { row: 'mul' } },
    'rows past 256 KiB': { inputs: { a: [1100, 64], b: [64] }, options: { row: 'add' } },
  },
  bench: {
    'p3 of GLIP-T at 800x1344': {
      inputs: { a: [1, 100, 168, 256], b: [1, 100, 168, 256] },
      options: { row: 'add' },
    },
  },
});
