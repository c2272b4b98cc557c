import { describe, expect, it } from 'vitest';
import { specs } from '../specs.ts';
import { listOf, NdArray, randomInputs, sampling } from './index.ts';

describe('a sampled reference', () => {
  for (const spec of specs) {
    it(`of ${spec.name} has the numbers of the whole one, or NaN`, () => {
      for (const given of Object.values(spec.cases)) {
        const inputs = randomInputs(given);
        const whole = listOf(spec.reference(inputs, given.options));
        const some = (size: number): number[] => [0, Math.floor(size / 2), size - 1];
        const sampled = sampling(some, () => listOf(spec.reference(inputs, given.options)));
        for (const [i, { data, shape }] of sampled.entries()) {
          expect(shape).toEqual(whole[i].shape);
          expect(data.length === 0 || data.some((value) => !Number.isNaN(value))).toBe(true);
          const differs = (value: number, at: number): boolean =>
            !Number.isNaN(value) && !Object.is(value, whole[i].data[at]);
          expect(data.findIndex(differs)).toBe(-1);
        }
      }
    });
  }
});

describe('NdArray', () => {
  it('turns a flat index into an index and back', () => {
    const array = new NdArray([2, 3, 5]);
    expect(array.indexOf(29)).toEqual([1, 2, 4]);
    for (let flat = 0; flat < 30; flat++) expect(array.at(...array.indexOf(flat))).toBe(flat);
  });
});
