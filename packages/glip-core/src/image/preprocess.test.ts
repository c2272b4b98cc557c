import { describe, expect, it } from 'vitest';
import { ImageError } from '../errors.ts';
import { fixture, fixtureJson } from '../testing/fixtures.ts';
import { type ImageConfig, preprocess } from './preprocess.ts';

interface Case {
  readonly channel_order: 'RGB' | 'BGR';
  readonly input_hw: [number, number];
  readonly output_hw: [number, number];
  readonly min_size: number;
  readonly max_size: number | null;
  readonly pixel_mean: [number, number, number];
  readonly pixel_std: [number, number, number];
}

const stored = fixture('units/preprocess');
const { preprocess: index } = fixtureJson('units/index') as {
  preprocess: { args: Record<string, Case> };
};
const cases = Object.entries(index.args).filter(([, { input_hw }]) => input_hw !== undefined);

function configOf(args: Case, sizeDivisibility: number): ImageConfig {
  return {
    mean: args.pixel_mean,
    std: args.pixel_std,
    minSize: args.min_size,
    maxSize: args.max_size ?? Number.POSITIVE_INFINITY,
    sizeDivisibility,
  };
}

function imageOf(name: string, args: Case) {
  const order = args.channel_order === 'BGR' ? 'bgr' : 'rgb';
  const [height, width] = args.input_hw;
  return { data: stored.bytes(`${name}.image_u8`), width, height, channels: 3, order } as const;
}

describe('a preprocessed image', () => {
  it.each(cases)('holds the numbers of the original, bit for bit (%s)', (name, args) => {
    const { pixels, shape, imageSizes, originalSizes } = preprocess([imageOf(name, args)], configOf(args, 0));
    const [height, width] = args.output_hw;
    expect(shape).toEqual([1, height, width, 4]);
    expect(imageSizes).toEqual([args.output_hw]);
    expect(originalSizes).toEqual([args.input_hw]);
    const planes = stored.f32(`${name}.tensor`);
    const expected = pixels.map((_, i) => planes[(i % 4) * height * width + Math.floor(i / 4)] ?? 0);
    expect(pixels).toEqual(expected);
  });

  it('has blue, green and red in this order, and a zero', () => {
    const config: ImageConfig = {
      mean: [1, 2, 3],
      std: [1, 1, 1],
      minSize: 1,
      maxSize: 9,
      sizeDivisibility: 0,
    };
    const red = { data: Uint8Array.of(200, 0, 0), width: 1, height: 1, channels: 3 } as const;
    expect([...preprocess([red], config).pixels]).toEqual([-1, -2, 197, 0]);
  });
});

describe('a batch', () => {
  const config: ImageConfig = {
    mean: [0, 0, 0],
    std: [1, 1, 1],
    minSize: 2,
    maxSize: 9,
    sizeDivisibility: 4,
  };
  const image = (width: number, height: number, value: number) =>
    ({ data: new Uint8Array(width * height).fill(value), width, height, channels: 1 }) as const;

  it('is padded with zeros to the largest height and width, rounded up', () => {
    const { pixels, shape, imageSizes } = preprocess([image(2, 5, 10), image(3, 2, 20)], config);
    expect(shape).toEqual([2, 8, 4, 4]);
    expect(imageSizes).toEqual([
      [5, 2],
      [2, 3],
    ]);
    expect(pixels).toHaveLength(2 * 8 * 4 * 4);
    const rows = [0, 1].map((b) =>
      Array.from({ length: 8 }, (_, row) =>
        Array.from({ length: 4 }, (_, column) => Math.round(pixels[((b * 8 + row) * 4 + column) * 4] ?? 0)),
      ),
    );
    const [ten, none, twenty] = [
      [10, 10, 0, 0],
      [0, 0, 0, 0],
      [20, 20, 20, 0],
    ];
    expect(rows).toEqual([
      [ten, ten, ten, ten, ten, none, none, none],
      [twenty, twenty, none, none, none, none, none, none],
    ]);
  });

  it('of no images is refused', () => {
    expect(() => preprocess([], config)).toThrow(ImageError);
  });
});
