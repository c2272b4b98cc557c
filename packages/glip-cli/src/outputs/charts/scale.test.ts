import { describe, expect, it } from 'vitest';
import { scaleOf, tickLabel } from './scale.ts';

describe('an axis', () => {
  it.each([
    [[0.1, 0.94], { include: [0] }, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [[0, 5660], { exact: true, ticks: 5 }, [0, 1000, 2000, 3000, 4000, 5000]],
    [[-3, 4], {}, [-4, -2, 0, 2, 4]],
  ])('of %j has round ticks', (values, options, ticks) => {
    const scale = scaleOf(values, options);
    expect(scale.ticks).toEqual(ticks);
    for (const value of values) {
      expect(scale.at(value)).toBeGreaterThanOrEqual(0);
      expect(scale.at(value)).toBeLessThanOrEqual(1);
    }
  });

  it.each([[[1e-4, 3e5]], [[0.5, 0.5]], [[2, 3]], [[1, 1]], [[1e-30, 1e30]]])(
    'is logarithmic from below %j to above, with at most 8 ticks',
    (values) => {
      const { at, ticks, log } = scaleOf(values, { log: true });
      expect(log).toBe(true);
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.length).toBeLessThanOrEqual(8);
      for (const value of values) {
        expect(at(value)).toBeGreaterThanOrEqual(-1e-9);
        expect(at(value)).toBeLessThanOrEqual(1 + 1e-9);
      }
    },
  );

  it('is linear where a value is not positive, or where values are close', () => {
    expect(scaleOf([0, 100], { log: true }).log).toBe(false);
    expect(scaleOf([2, 4], { log: 'auto' }).log).toBe(false);
    expect(scaleOf([1, 400], { log: 'auto' }).log).toBe(true);
    expect(scaleOf([]).ticks.every(Number.isFinite)).toBe(true);
  });

  it.each([
    [0, '0'],
    [0.0005, '0.0005'],
    [0.00002, '2e-5'],
    [1200, '1200'],
    [12_000, '12k'],
    [2_500_000, '2.5M'],
    [-0.25, '-0.25'],
  ])('writes %s as %s', (value, text) => {
    expect(tickLabel(value)).toBe(text);
  });
});
