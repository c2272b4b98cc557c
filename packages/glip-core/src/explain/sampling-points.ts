import { DetectionError } from '../errors.ts';
import type { ImageSize } from '../image/preprocess.ts';

const SIDE = 3; // of a kernel
const TAPS = SIDE ** 2;

/** Offsets and masks of the deformable convolutions of one stage of the head, on all levels. */
export interface Sampling {
  /** Finest first, with the padding of the image. */
  readonly levels: readonly SamplingLevel[];
  /** Size of the given image per pixel of the resized one, `[x, y]`. */
  readonly scale: readonly [x: number, y: number];
}

export interface SamplingLevel {
  /** Distance between locations in pixels of the resized image. */
  readonly stride: number;
  readonly height: number;
  readonly width: number;
  /** [27, height, width]: dy and dx of each of 9 kernel positions in locations, then their masks, 0 to 1. */
  readonly samples: Float32Array;
}

/** A location of the pyramid; level 0 is the finest. */
export interface PyramidCell {
  readonly level: number;
  readonly row: number;
  readonly column: number;
}

/** A place at which a convolution reads its input. */
export interface SamplingPoint {
  /** Level that is read. */
  readonly level: number;
  /** Pixels of the given image; outside of it in the padding. */
  readonly x: number;
  readonly y: number;
  /** Its mask, and where the coarser map is resized its share in the location: 0 to 1. */
  readonly weight: number;
}

/**
 * All places at which a location of one stage reads the pyramid: 9 of its own level, 9 of the finer, and 9 for each of
 * up to 4 locations of the coarser level between which it is interpolated. Those outside of a level read zeros, and are
 * left out. https://arxiv.org/abs/2106.08322, spec 2.4.3.
 *
 * @throws DetectionError for a location that is not in the pyramid
 */
export function samplingPoints(sampling: Sampling, { level, row, column }: PyramidCell): SamplingPoint[] {
  const { levels } = sampling;
  const own = levels[level];
  const isIn = (at: number, length: number): boolean => Number.isInteger(at) && at >= 0 && at < length;
  if (!own || !isIn(row, own.height) || !isIn(column, own.width)) {
    throw new DetectionError(
      `samplingPoints: level ${level} has no location in row ${row} and column ${column}`,
    );
  }
  const points = tapsOf(
    sampling,
    level,
    { source: level, stride: 1, grid: [own.height, own.width] },
    row,
    column,
    1,
  );
  if (level > 0) {
    const grid = [own.height, own.width] as const;
    points.push(...tapsOf(sampling, level, { source: level - 1, stride: 2, grid }, row, column, 1));
  }
  const coarser = levels[level + 1];
  if (coarser) {
    const grid = [coarser.height, coarser.width] as const;
    for (const [y, ofRow] of alignedCorners(row, own.height, coarser.height)) {
      for (const [x, ofColumn] of alignedCorners(column, own.width, coarser.width))
        points.push(
          ...tapsOf(sampling, level, { source: level + 1, stride: 1, grid }, y, x, ofRow * ofColumn),
        );
    }
  }
  return points;
}

/** A convolution of `source` whose result has the size of `grid`, on which offsets are read flat. */
interface Branch {
  readonly source: number;
  readonly stride: number;
  readonly grid: ImageSize;
}

function tapsOf(
  { levels, scale }: Sampling,
  level: number,
  { source, stride, grid: [rows, columns] }: Branch,
  row: number,
  column: number,
  share: number,
): SamplingPoint[] {
  const { samples, height: ownHeight, width: ownWidth } = levels[level];
  const { height, width, stride: pixels } = levels[source];
  const at = row * columns + column;
  const area = rows * columns;
  const masks = samples.subarray(2 * TAPS * ownHeight * ownWidth); // after all offsets; each part is read flat
  return Array.from({ length: TAPS }, (_, tap): SamplingPoint | undefined => {
    const y = row * stride - 1 + Math.floor(tap / SIDE) + samples[2 * tap * area + at];
    const x = column * stride - 1 + (tap % SIDE) + samples[(2 * tap + 1) * area + at];
    if (!(y > -1 && x > -1 && y < height && x < width)) return undefined;
    const weight = masks[tap * area + at] * share;
    return { level: source, x: (x + 0.5) * pixels * scale[0], y: (y + 0.5) * pixels * scale[1], weight };
  }).filter((point) => point !== undefined);
}

/** Places and weights of `from` positions that bilinear resizing with aligned corners mixes at a place of `to`. */
function alignedCorners(at: number, to: number, from: number): [place: number, weight: number][] {
  const place = to > 1 ? (at * (from - 1)) / (to - 1) : 0;
  const low = Math.min(Math.floor(place), from - 1);
  const far = place - low;
  return far > 0 && low + 1 < from
    ? [
        [low, 1 - far],
        [low + 1, far],
      ]
    : [[low, 1]];
}
