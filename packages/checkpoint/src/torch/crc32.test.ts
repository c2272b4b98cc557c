import { describe, expect, it } from 'vitest';
import { crc32, joinCrc32 } from './crc32.ts';

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);

describe('CRC-32', () => {
  it('of "123456789" is the check value of the standard', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  it.each([0, 1, 2, 3, 4, 5, 255, 256, 999, 1000])('is joined from two runs, cut at byte %i', (cut) => {
    const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)];
    expect(joinCrc32(crc32(first), crc32(second), second.length)).toBe(crc32(bytes));
    expect(crc32(second, crc32(first))).toBe(crc32(bytes));
  });
});
