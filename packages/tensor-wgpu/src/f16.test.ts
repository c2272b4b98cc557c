import { expect, it } from 'vitest';
import { ShapeError } from './errors.ts';
import { f16ToF32, f32ToF16 } from './f16.ts';

const bits = (...values: number[]): number[] => [...f32ToF16(Float32Array.from(values))];

it('every f16 survives the way through f32', () => {
  const all = Uint16Array.from({ length: 1 << 16 }, (_, i) => i).filter((half) => (half & 0x7c00) !== 0x7c00);
  expect(f32ToF16(f16ToF32(all))).toEqual(all);
});

it('rounds to the nearest f16, ties to even', () => {
  const step = 2 ** -10; // between f16 numbers from 1 to 2
  expect(bits(1 + step / 2, 1 + step * 1.5, 1 + step * 0.51, -1 - step * 0.49)).toEqual([
    0x3c00, 0x3c02, 0x3c01, 0xbc00,
  ]);
  expect(bits(2 - step / 4, 65503.9)).toEqual([0x4000, 0x7bff]); // carries into the exponent
});

it('rounds into, inside and out of subnormal numbers', () => {
  const least = 2 ** -24;
  expect(bits(least, least / 2, least * 0.75, least * 1.5, least * 2.5, -least)).toEqual([
    1, 0, 1, 2, 2, 0x8001,
  ]);
  expect(bits(least / 2 + 2 ** -47, 2 ** -149, 2 ** -14 - 2 ** -26, 0, -0)).toEqual([
    1, 0, 0x0400, 0, 0x8000,
  ]);
});

it('keeps NaN, and refuses what is beyond the largest f16, by name', () => {
  expect(f16ToF32(f32ToF16(Float32Array.of(Number.NaN)))).toEqual(Float32Array.of(Number.NaN));
  expect(bits(65504, -65504)).toEqual([0x7bff, 0xfbff]);
  for (const value of [65505, -1e5, Number.POSITIVE_INFINITY]) {
    const convert = () => f32ToF16(Float32Array.of(1, value), 'head.weight');
    expect(convert).toThrow(ShapeError);
    expect(convert).toThrow(/head\.weight holds .* at 1, beyond 65504/);
  }
});
