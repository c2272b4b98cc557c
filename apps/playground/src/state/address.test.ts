import { describe, expect, it } from 'vitest';
import { fromAddress, toAddress } from './address.ts';
import { DEFAULTS, type Settings } from './settings.ts';

const OTHER: Settings = {
  mode: 'spans',
  list: 'a = b, c. "d. e". ünï & # % = +',
  caption: 'two taxis & a #snake',
  spans: [
    [4, 9],
    [12, 18],
  ],
  threshold: 0.25,
  thresholds: { taxis: 0.5, '#snake': 0 },
  overlap: 'all',
  limit: 7,
  picture: 'https://example.com/a b.jpg?x=1&y=2#z',
  model: 'glip-t',
  heat: 'taxis',
  level: 2,
  tags: false,
};

describe('an address', () => {
  it('is empty for the defaults, and restores every setting', () => {
    expect(toAddress(DEFAULTS)).toBe('');
    expect(fromAddress('')).toEqual(DEFAULTS);
    expect(fromAddress(`#${toAddress(OTHER)}`)).toEqual(OTHER);
    for (const [key, value] of Object.entries(OTHER))
      expect(value, key).not.toEqual(DEFAULTS[key as keyof Settings]);
  });

  it('with spans that are outside of the caption, overlap or are no numbers leaves them out', () => {
    expect(fromAddress('caption=abcdef&spans=0-2 1-3 3-5 4-9 x-y -1-2 5-5').spans).toEqual([
      [0, 2],
      [3, 5],
    ]);
  });

  it.each([
    'min=2&limit=-1&level=99&mode=__proto__&overlap=constructor&model=../../x&min.dog=NaN',
    'min=&limit=1e99&min.=x&model=<script>&level=1.5',
    '%E0%A4%A&%&&==&min=0x',
    `${'a='.repeat(5000)}`,
  ])('%j is the defaults', (hash) => {
    expect(fromAddress(hash)).toEqual(DEFAULTS);
  });

  it('never makes a prototype of what it reads', () => {
    const { thresholds } = fromAddress('min.__proto__=0.5&min.constructor=0.25');
    expect(Object.getPrototypeOf(thresholds)).toBe(Object.prototype);
    expect(Object.keys(thresholds)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['0.5']).toBeUndefined();
  });

  it('holds at most 20,000 characters of a text', () => {
    expect(fromAddress(`find=${'x'.repeat(50_000)}`).list).toHaveLength(20_000);
  });
});
