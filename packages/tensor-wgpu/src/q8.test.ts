import { expect, it } from 'vitest';
import { ShapeError } from './errors.ts';
import { f16ToF32, f32ToF16 } from './f16.ts';
import { dequantize, q8Bytes, q8Numbers, q8Storage, quantize } from './q8.ts';
import { randomArray } from './testing/index.ts';

const random = (size: number, factor = 1): Float32Array =>
  Float32Array.from(randomArray([size], 'q8').data, (x) => factor * x);

it('each number is within half a step of its group', () => {
  const rows = random(3 * 70);
  const quantized = quantize(rows, 70);
  expect(quantized.scales.length).toBe(9); // 32 + 32 + 6 of each row
  const scales = f16ToF32(quantized.scales);
  const numbers = dequantize(quantized, 70);
  for (const [i, x] of rows.entries()) {
    const scale = scales[3 * Math.floor(i / 70) + Math.floor((i % 70) / 32)];
    expect(Math.abs(numbers[i] - x)).toBeLessThanOrEqual(scale / 2 + 1e-12);
  }
});

it('the scale is the largest magnitude / n, with an n from 120 to 127, rounded up to f16: nothing is clipped', () => {
  for (const most of [1, 0.3, 127, 8e6, 1e-3, 2.5e-6, 1e-7, 1e-20, 2 ** -10 + 2 ** -30, 254 - 2 ** -15]) {
    const { values, scales } = quantize(Float32Array.of(most, -most), 2);
    const [exact] = Float32Array.of(most);
    const [scale, before] = f16ToF32(Uint16Array.of(scales[0], scales[0] - 1));
    expect(Number.isFinite(scale)).toBe(true);
    expect(127 * scale).toBeGreaterThanOrEqual(exact);
    expect(120 * before).toBeLessThan(exact);
    expect(values[1] + values[0]).toBe(0);
    if (most < 0.01) continue;
    expect(values[0]).toBeGreaterThanOrEqual(120);
    expect(values[0] * before).toBeLessThan(exact);
  }
});

it('the scale leaves each group the least squared error', () => {
  const rows = random(200 * 32);
  const { scales } = quantize(rows, 32);
  const squares = (row: Float32Array, scale: number): number =>
    row.reduce((sum, x) => sum + (Math.round(x / scale) * scale - x) ** 2, 0);
  let [ours, plain] = [0, 0];
  for (const [group, scale] of f16ToF32(scales).entries()) {
    const row = rows.subarray(32 * group, 32 * group + 32);
    const most = Math.max(...row.map(Math.abs));
    const others = Array.from({ length: 8 }, (_, i) => squares(row, upToF16(most / (127 - i))));
    expect(squares(row, scale)).toBeLessThanOrEqual(Math.min(...others) * (1 + 1e-9));
    ours += squares(row, scale);
    plain += others[0];
  }
  expect(ours / plain).toBeLessThan(0.9); // a fifth less in matrices of models
});

/** The least f16 that is not below x. */
function upToF16(x: number): number {
  const [bits] = f32ToF16(Float32Array.of(x));
  const [near, next] = f16ToF32(Uint16Array.of(bits, bits + 1));
  return near < x ? next : near;
}

it('scales of an earlier call give the same integers', () => {
  const rows = random(3 * 70);
  const once = quantize(rows, 70);
  expect(quantize(rows, 70, 'weight', once.scales)).toEqual(once);
  expect(() => quantize(rows, 70, 'weight', new Uint16Array(8))).toThrow('8 scales for weight, expected 9');
});

it('what was quantized gives the same bits again', () => {
  for (const factor of [1, 1e-2, 40]) {
    const once = quantize(random(5 * 77, factor), 77);
    expect(quantize(dequantize(once, 77), 77)).toEqual(once);
  }
});

it('a group of zeros is zeros, with the scale 0', () => {
  const quantized = quantize(new Float32Array(40).fill(3, 32), 40);
  expect(quantized.scales[0]).toBe(0);
  expect([...dequantize(quantized, 40).subarray(0, 32)]).toEqual(Array<number>(32).fill(0));
});

it('numbers that are not finite, or too large for a scale, are refused by name and place', () => {
  for (const wrong of [NaN, Infinity, -Infinity, 8.4e6]) {
    const convert = () => quantize(Float32Array.of(1, wrong), 2, 'head.weight');
    expect(convert).toThrow(ShapeError);
    expect(convert).toThrow(/head\.weight holds .* at 1, expected finite numbers up to 8319008/);
  }
  expect(() => quantize(new Float32Array(5), 2)).toThrow('5 numbers, not rows of 2');
});

it('a buffer holds integers, then scales, each in whole words', () => {
  const shape = [3, 1, 33];
  const quantized = quantize(random(99), 33);
  const bytes = q8Storage(quantized);
  expect(q8Bytes(shape)).toEqual({ values: 100, total: 112 });
  expect(bytes.length).toBe(112);
  expect(q8Numbers(bytes, shape)).toEqual(quantized);
  expect(f32ToF16(f16ToF32(quantized.scales))).toEqual(quantized.scales);
});
