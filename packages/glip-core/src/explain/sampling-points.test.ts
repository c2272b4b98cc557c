import { deformConv2d, openDevice, resizeBilinear, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { afterAll, describe, expect, it } from 'vitest';
import { DetectionError } from '../errors.ts';
import { type Sampling, samplingPoints } from './sampling-points.ts';

// Levels whose channels hold 1 and the column and row of each location: what a convolution reads there says where it reads.

const device = await openDevice();
afterAll(() => device.dispose());

const SIZES = [
  [12, 16],
  [6, 8],
  [3, 4],
] as const;

/** Offsets of less than a location, which stay inside for inner locations, and masks. */
function samplesOf(level: number, [height, width]: readonly [number, number]): Float32Array {
  const area = height * width;
  return Float32Array.from({ length: 27 * area }, (_, i) => {
    const wave = Math.sin(0.37 * (i + 1) * (level + 1));
    return i < 18 * area ? 0.45 * wave : 0.5 + 0.4 * wave;
  });
}

const sampling: Sampling = {
  levels: SIZES.map(([height, width], level) => {
    return { stride: 8 * 2 ** level, height, width, samples: samplesOf(level, [height, width]) };
  }),
  scale: [0.5, 2],
};

/** [1, H, W, 4] */
function places([height, width]: readonly [number, number]): Tensor {
  const numbers = Float32Array.from({ length: 4 * height * width }, (_, i) => {
    const at = Math.floor(i / 4);
    return [1, at % width, Math.floor(at / width), 0][i % 4];
  });
  return device.tensor(numbers, [1, height, width, 4]);
}

/** All nine positions add up the channels as they are. */
const weight = device.tensor(
  Float32Array.from({ length: 4 * 9 * 4 }, (_, i) => (Math.floor(i / 36) === i % 4 ? 1 : 0)),
  [4, 3, 3, 4],
);

/** Sums over the points of one source level: of weights, and of columns and rows of locations by their weights. */
function sums(level: number, row: number, column: number, source: number): number[] {
  const points = samplingPoints(sampling, { level, row, column }).filter((point) => point.level === source);
  const { stride } = sampling.levels[source];
  const { scale } = sampling;
  const at = (pixels: number, axis: number): number => pixels / stride / scale[axis] - 0.5;
  return points.reduce(
    (sum, { x, y, weight }) => [sum[0] + weight, sum[1] + weight * at(x, 0), sum[2] + weight * at(y, 1)],
    [0, 0, 0],
  );
}

describe('the sampling points of a location', () => {
  const level = 1;
  const [height, width] = SIZES[level];
  const samples = (): Tensor => device.tensor(sampling.levels[level].samples, [1, 27, height, width]);

  it('are those of the deformable convolutions of its own level and of the finer one', async () => {
    for (const [source, stride] of [
      [1, 1],
      [0, 2],
    ]) {
      const y = deformConv2d(places(SIZES[source]), weight, samples(), { stride, padding: 1 });
      expect(y.shape.slice(1, 3)).toEqual([height, width]);
      const numbers = await y.read();
      for (let row = 2; row < height - 2; row++) {
        for (let column = 2; column < width - 2; column++) {
          const expected = numbers.slice(4 * (row * width + column), 4 * (row * width + column) + 3);
          for (const [i, value] of sums(level, row, column, source).entries())
            expect(value).toBeCloseTo(expected[i], 4);
        }
      }
    }
  });

  it('are those of the coarser one, whose convolution reads the offsets flat and is resized', async () => {
    // No edge in reach: offsets of 0, and masks of 0 where a kernel position is outside of the level.
    const [rows, columns] = SIZES[2];
    const flat = sampling.levels[level].samples.slice();
    flat.fill(0, 0, 18 * height * width);
    for (let tap = 0; tap < 9; tap++) {
      for (let at = 0; at < rows * columns; at++) {
        const y = Math.floor(at / columns) - 1 + Math.floor(tap / 3);
        const x = (at % columns) - 1 + (tap % 3);
        if (y < 0 || x < 0 || y >= rows || x >= columns)
          flat[18 * height * width + tap * rows * columns + at] = 0;
      }
    }
    const own = { ...sampling.levels[level], samples: flat };
    const changed = { ...sampling, levels: sampling.levels.with(level, own) };
    const y = deformConv2d(places(SIZES[2]), weight, device.tensor(flat, [1, 27, height, width]), {
      padding: 1,
    });
    const numbers = await resizeBilinear(y, height, width).read();
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const points = samplingPoints(changed, { level, row, column }).filter((point) => point.level === 2);
        const total = points.reduce((sum, point) => sum + point.weight, 0);
        expect(total).toBeCloseTo(numbers[4 * (row * width + column)], 4);
        const mean = points.reduce((sum, { x, weight }) => sum + weight * (x / 32 / 0.5 - 0.5), 0);
        expect(mean).toBeCloseTo(numbers[4 * (row * width + column) + 1], 4);
      }
    }
  });

  it('are none of a level that does not exist, and a place outside is refused', () => {
    expect(new Set(samplingPoints(sampling, { level: 0, row: 3, column: 3 }).map((p) => p.level))).toEqual(
      new Set([0, 1]),
    );
    for (const cell of [
      { level: 3, row: 0, column: 0 },
      { level: 0, row: 12, column: 0 },
      { level: 0, row: 0, column: -1 },
      { level: 0, row: 0.5, column: 0 },
    ])
      expect(() => samplingPoints(sampling, cell)).toThrow(DetectionError);
  });
});
