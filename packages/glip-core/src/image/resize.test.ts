import { describe, expect, it } from 'vitest';
import { ImageError } from '../errors.ts';
import { fixture, fixtureJson } from '../testing/fixtures.ts';
import { resizeBilinear, targetSize } from './resize.ts';

interface Case {
  readonly input_hw: [number, number];
  readonly output_hw: [number, number];
  readonly min_size: number;
  readonly max_size: number | null;
}

const stored = fixture('units/preprocess');
const { preprocess } = fixtureJson('units/index') as {
  preprocess: { args: Record<string, Case> };
};
const cases = Object.entries(preprocess.args).filter(([, { input_hw }]) => input_hw !== undefined);

describe('the size of an image', () => {
  it.each(cases)('is that of the original (%s)', (_, { input_hw, output_hw, min_size, max_size }) => {
    expect(targetSize(input_hw, min_size, max_size ?? Number.POSITIVE_INFINITY)).toEqual(output_hw);
  });

  it.each([
    [
      [480, 640],
      [800, 1066],
    ],
    [
      [375, 500],
      [800, 1066],
    ],
    [
      [300, 1000],
      [400, 1333],
    ],
    [
      [640, 480],
      [1066, 800],
    ],
    [
      [800, 1333],
      [800, 1333],
    ],
    [
      [800, 800],
      [800, 800],
    ],
  ] as const)('%j becomes %j', (from, to) => {
    expect(targetSize(from, 800, 1333)).toEqual(to);
  });

  it('rounds a limited short side half to even', () => {
    expect(targetSize([1, 8], 50, 100)).toEqual([12, 96]); // 12.5
    expect(targetSize([3, 8], 50, 100)).toEqual([38, 101]); // 37.5; the original may exceed the limit
  });

  it('is an error when the short side vanishes', () => {
    expect(() => targetSize([1, 10_000], 800, 1333)).toThrow(ImageError);
    expect(() => targetSize([1, 10_000], 800, 1333)).toThrow('10000 x 1 is too narrow');
  });
});

describe('resizing', () => {
  it.each(cases)('is that of Pillow, bit for bit (%s)', (name, { input_hw, output_hw }) => {
    const image = {
      data: stored.bytes(`${name}.image_u8`),
      height: input_hw[0],
      width: input_hw[1],
    };
    const { data } = resizeBilinear(image, output_hw);
    expect(Buffer.from(data).equals(stored.bytes(`${name}.resized_u8`))).toBe(true);
  });

  it('keeps a constant color at any size', () => {
    const image = { data: new Uint8Array(7 * 5 * 3).fill(255), width: 7, height: 5 };
    for (const size of [
      [1, 1],
      [5, 40],
      [13, 7],
      [3, 2],
    ] as const) {
      expect(new Set(resizeBilinear(image, size).data)).toEqual(new Set([255]));
    }
  });

  it('copies nothing when the size stays', () => {
    const image = { data: new Uint8Array(12), width: 2, height: 2 };
    expect(resizeBilinear(image, [2, 2]).data).toBe(image.data);
  });
});
