import { describe, expect, it } from 'vitest';

// typed-array-equality.mjs is set up for this file, as for every other.

describe('toEqual on typed arrays', () => {
  it('holds for the same bytes, wherever they lie', () => {
    const bytes = Uint8Array.of(9, 1, 2, 3);
    expect(bytes.subarray(1)).toEqual(Uint8Array.of(1, 2, 3));
    expect([Float32Array.of(1, NaN)]).toEqual([Float32Array.of(1, NaN)]);
    expect({ x: new Float64Array(3) }).toEqual({ x: new Float64Array(3) });
  });

  it('fails for another element, length, kind or sign of zero', () => {
    const differ: [unknown, unknown][] = [
      [Float32Array.of(1, 2), Float32Array.of(1, 3)],
      [Float32Array.of(1, 2), Float32Array.of(1)],
      [Float32Array.of(1), Uint32Array.of(0x3f800000)],
      [Int8Array.of(1), Uint8Array.of(1)],
      [Float32Array.of(0), Float32Array.of(-0)],
    ];
    for (const [a, b] of differ)
      expect(() => expect([a]).toEqual([b])).toThrow(/expected .* to deeply equal/);
  });

  it('holds for NaN of other bits, as it always did', () => {
    const other = new Float32Array(Uint32Array.of(0x7fc00001).buffer);
    expect(other).toEqual(Float32Array.of(NaN));
  });
});
