import { expect, it } from 'vitest';
import { averageDataSets } from './averages.ts';

it('averages data sets with equal weights, then runs, and gives the spread over runs', () => {
  const { runs, mean, standardDeviation, dataSets } = averageDataSets({
    3: { Aquarium: 0.2, Raccoon: 0.4 },
    30: { Aquarium: 0.6, Raccoon: 0.8 },
  });
  expect(runs).toEqual({ 3: expect.closeTo(0.3, 12), 30: expect.closeTo(0.7, 12) });
  expect(mean).toBeCloseTo(0.5, 12);
  expect(standardDeviation).toEqual({
    population: expect.closeTo(0.2, 12),
    sample: expect.closeTo(Math.sqrt(0.08), 12),
  });
  expect(dataSets.Raccoon.mean).toBeCloseTo(0.6, 12);
  expect(averageDataSets({ zero: { Aquarium: 0.2 } }).standardDeviation.sample).toBeUndefined();
});

it('names what it cannot average', () => {
  expect(() => averageDataSets({})).toThrow('there are no runs');
  expect(() => averageDataSets({ 3: { a: 0.5 }, 30: { b: 0.5 } })).toThrow('run 30: AP of a is missing');
  expect(() => averageDataSets({ 3: { a: 0.5 }, 30: { a: 0.5, b: 0.5 } })).toThrow(
    'only run 30 has the data set b',
  );
  expect(() => averageDataSets({ 3: { a: -1 } })).toThrow('run 3: AP of a is -1');
});
