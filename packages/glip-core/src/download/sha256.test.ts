import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sha256 } from './sha256.ts';

const hash = (...parts: Uint8Array[]): string => {
  const sha = new Sha256();
  for (const part of parts) sha.update(part);
  return sha.digest();
};
const oracle = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const random = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (Math.imul(i + length, 0x9e3779b1) >>> 24) & 0xff);

describe('SHA-256', () => {
  it('is that of the standard', () => {
    expect(hash(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(hash()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('of every length up to three blocks is that of node:crypto', () => {
    for (let length = 0; length <= 192; length++) {
      expect(hash(random(length)), `${length} bytes`).toBe(oracle(random(length)));
    }
  });

  it('does not depend on how the bytes are divided', () => {
    const bytes = random(10_000);
    for (const sizes of [[1], [63], [64], [65], [1000], [7, 64, 1, 129]]) {
      const parts: Uint8Array[] = [];
      for (let at = 0, i = 0; at < bytes.length; at += sizes[i % sizes.length], i++) {
        parts.push(bytes.subarray(at, at + sizes[i % sizes.length]));
      }
      expect(hash(...parts), `${sizes}`).toBe(oracle(bytes));
    }
  });
});
