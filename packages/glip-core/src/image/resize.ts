import { ImageError } from '../errors.ts';
import type { RgbImage } from './image-input.ts';
import { roundHalfEven } from './round-half-even.ts';

/** Fixed point of the filter weights: bytes times weights that sum to 1 stay within 32 bits. */
const FRACTION_BITS = 22;

/**
 * Size that an image is resized to: the shorter side becomes minSize unless the longer would exceed maxSize.
 * Spec §3.1; `Resize.get_size` of the original, with its truncation.
 *
 * @param size     [height, width], pixels
 * @param maxSize  Infinity for none, as in the original's demo
 * @throws ImageError when the image is so narrow that a side would become 0
 */
export function targetSize(
  [height, width]: readonly [height: number, width: number],
  minSize: number,
  maxSize: number,
): [height: number, width: number] {
  const short = Math.min(height, width);
  const long = Math.max(height, width);
  const limited = (long / short) * minSize > maxSize;
  const side = limited ? roundHalfEven((maxSize * short) / long) : minSize;
  if (side === 0) {
    throw new ImageError(
      `image: ${width} x ${height} is too narrow: with the long side at ${maxSize} pixels the short one vanishes`,
    );
  }
  if (short === side) return [height, width];
  const other = Math.trunc((side * long) / short);
  return width < height ? [other, side] : [side, other];
}

/**
 * Resizes as Pillow's BILINEAR does, bit for bit: a triangle filter as wide as the reduction, across then down,
 * rounded to bytes in between. Spec §3.1; https://github.com/python-pillow/Pillow `Resample.c`
 *
 * @param size  [height, width] wanted, pixels
 */
export function resizeBilinear(
  image: RgbImage,
  [height, width]: readonly [height: number, width: number],
): RgbImage {
  const across = resampleAxis(image.data, [image.height, image.width, 3], width);
  return { data: resampleAxis(across, [1, image.height, width * 3], height), width, height };
}

/** Resamples the middle axis of data [outer, from, inner] to the length `to`. */
function resampleAxis(
  data: RgbImage['data'],
  [outer, from, inner]: readonly [outer: number, from: number, inner: number],
  to: number,
): RgbImage['data'] {
  if (from === to) return data;
  const resampled = new Uint8ClampedArray(outer * to * inner);
  for (let i = 0; i < to; i += 1) {
    const { start, weights } = filterAt(i, from, to);
    for (let o = 0; o < outer; o += 1) {
      const source = (o * from + start) * inner;
      const target = (o * to + i) * inner;
      for (let c = 0; c < inner; c += 1) {
        let sum = 1 << (FRACTION_BITS - 1);
        for (let k = 0; k < weights.length; k += 1) {
          sum += (weights[k] as number) * (data[source + k * inner + c] as number);
        }
        resampled[target + c] = sum >> FRACTION_BITS;
      }
    }
  }
  return resampled;
}

/** Input pixels of output i, and their weights in fixed point. */
function filterAt(i: number, from: number, to: number): { start: number; weights: Int32Array } {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const center = (i + 0.5) * scale;
  const start = Math.max(Math.trunc(center - reach + 0.5), 0);
  const end = Math.min(Math.trunc(center + reach + 0.5), from);
  const inverse = 1 / reach;
  const weights = Array.from({ length: end - start }, (_, k) =>
    Math.max(0, 1 - Math.abs((start + k - center + 0.5) * inverse)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const unit = 2 ** FRACTION_BITS;
  return { start, weights: Int32Array.from(weights, (w) => Math.trunc(0.5 + (w / total) * unit)) };
}
