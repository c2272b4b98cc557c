import { describe, expect, it } from 'vitest';
import { philox, Random } from './random.ts';

describe('philox', () => {
  it('equals the known answers of Random123', () => {
    expect(philox([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const ones = 0xffffffff;
    expect(philox([ones, ones, ones, ones], [ones, ones])).toEqual([
      0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
    ]);
    expect(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
    ]);
  });
});

describe('Random', () => {
  const draw = (seed: number, stream: number, index: number) => {
    const random = new Random(seed, stream, index);
    return Array.from({ length: 9 }, () => random.next());
  };

  it('repeats its numbers, and has others for each seed, stream and index', () => {
    expect(draw(1, 0, 5)).toEqual(draw(1, 0, 5));
    const all = [draw(1, 0, 5), draw(2, 0, 5), draw(1, 1, 5), draw(1, 0, 6)].flat();
    expect(new Set(all).size).toBe(36);
  });

  it('draws evenly, and by weights', () => {
    const random = new Random(3, 0, 0);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 8000; i++) counts[random.below(4)]++;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(160);
    let second = 0;
    for (let i = 0; i < 8000; i++) second += random.weighted([1, 3]);
    expect(Math.abs(second - 6000)).toBeLessThan(160);
    expect(() => random.pick([])).toThrow('empty');
  });
});
