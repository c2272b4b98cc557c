import type { NdArray } from '../../testing/index.ts';
import type { DeformShape } from './deform-shape.ts';

/** A pixel of the image beside a sample: its weight, and the derivatives of it by the sample's row and column. */
interface Corner {
  readonly row: number;
  readonly col: number;
  readonly weight: number;
  readonly byRow: number;
  readonly byCol: number;
}

interface Sample {
  readonly mask: number;
  /** Flat indices of its two offsets and its mask. */
  readonly at: readonly [dy: number, dx: number, mask: number];
  readonly corners: readonly Corner[];
}

/** One sample of a deformable convolution, in f64, for one channel of the image at one pixel of the result. */
export function sampleAt(
  samples: NdArray,
  shape: DeformShape,
  [image, channel, position, pixel]: readonly [number, number, number, number],
): Sample {
  const { height, width, rows, outWidth, taps, groups, parts, channels, deformableGroups, sampling } = shape;
  const { stride, padding, dilation, kernel_width: across } = sampling;
  const group = Math.floor(channel / ((groups * parts * channels) / deformableGroups));
  const plane = group * taps + position;
  const first = image * (samples.data.length / samples.shape[0]);
  const masks = 2 * deformableGroups * taps * samples.shape[2] * samples.shape[3];
  const offset = first + 2 * plane * rows + pixel;
  const at = [offset, offset + rows, first + masks + plane * rows + pixel] as const;
  const [dy, dx, mask] = at.map((i) => samples.data[i]);
  const row = Math.floor(pixel / outWidth) * stride - padding + Math.floor(position / across) * dilation + dy;
  const col = (pixel % outWidth) * stride - padding + (position % across) * dilation + dx;
  const corners: Corner[] = [];
  if (row > -1 && col > -1 && row < height && col < width) {
    const [top, left] = [Math.floor(row), Math.floor(col)];
    const [down, right] = [row - top, col - left];
    for (const [y, byRow, tall] of [
      [top, -1, 1 - down],
      [top + 1, 1, down],
    ]) {
      for (const [x, byCol, wide] of [
        [left, -1, 1 - right],
        [left + 1, 1, right],
      ]) {
        if (y < 0 || x < 0 || y >= height || x >= width) continue;
        corners.push({ row: y, col: x, weight: tall * wide, byRow: byRow * wide, byCol: byCol * tall });
      }
    }
  }
  return { mask, at, corners };
}
