import { describe, expect, it } from 'vitest';
import { compareSamples, geometricMean, medianInterval, quantile, summarize } from './statistics.ts';

describe('quantiles', () => {
  it('lie between neighbors', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([5], 0.9)).toBe(5);
    expect(quantile([0, 10], 0.1)).toBeCloseTo(1);
  });
});

describe('a summary', () => {
  it('notices that times went up on the way', () => {
    expect(summarize([10, 10, 10, 12, 12, 12, 15, 15, 15]).drift).toBeCloseTo(0.5);
    expect(summarize([10, 11, 10, 11, 10, 11])).toMatchObject({ median: 10.5, mad: 0.5, drift: 0 });
    expect(summarize([10, 20]).drift).toBe(0);
  });

  it('counts what lies far out, and says how sure the median is', () => {
    const samples = [10, 11, 10, 11, 10, 11, 10, 11, 10, 11, 90];
    expect(summarize(samples)).toMatchObject({ mad: 1, outliers: 1, p90: 11 });
    expect(summarize(samples).p99).toBeGreaterThan(80);
    const [low, high] = medianInterval(samples);
    expect([low, high]).toEqual([10, 11]);
    expect(medianInterval([7, 7, 7])).toEqual([7, 7]);
  });
});

describe('a comparison', () => {
  const around = (ms: number): number[] =>
    Array.from({ length: 20 }, (_, i) => ms * (1 + 0.01 * ((i * 7) % 5)));

  it('calls faster what is faster, slower what is slower', () => {
    expect(compareSamples(around(10), around(5))).toMatchObject({ verdict: 'faster' });
    expect(compareSamples(around(5), around(10))).toMatchObject({ verdict: 'slower' });
  });

  it('calls the same what noise may explain', () => {
    const noisy = Array.from({ length: 8 }, (_, i) => (i % 2 ? 8 : 13));
    expect(
      compareSamples(
        noisy,
        noisy.map((ms) => ms * 1.05),
      ).verdict,
    ).toBe('same');
    expect(compareSamples(around(10), around(10.05)).verdict).toBe('same');
  });

  it('says the same each time', () => {
    expect(compareSamples(around(7), around(6))).toEqual(compareSamples(around(7), around(6)));
  });
});

it('the geometric mean of a number and its inverse is one', () => {
  expect(geometricMean([4, 0.25])).toBeCloseTo(1);
});
