import { roundHalfEven } from '../image/round-half-even.ts';

/** Anchor grids, one per pyramid level, finest stride first. */
export interface AnchorConfig {
  /** Side of a square anchor per level, pixels. */
  readonly sizes: readonly number[];
  /** Pixels per cell of a level. */
  readonly strides: readonly number[];
  /** Height / width of each anchor. */
  readonly ratios: readonly number[];
  /** Sizes per level: size * octave^(i / scalesPerOctave). */
  readonly scalesPerOctave: number;
  readonly octave: number;
}

/** Number of anchors at each location of every level. */
export function anchorsPerLocation({ ratios, scalesPerOctave }: AnchorConfig): number {
  return ratios.length * scalesPerOctave;
}

/**
 * The anchors of a level around its first cell, `[x1, y1, x2, y2]` with inclusive corners (a side is x2 - x1 + 1).
 * Widths and heights are rounded at the size of the stride and then scaled, as in the original
 * (maskrcnn_benchmark `generate_anchors`).
 *
 * @returns  [ratios x scales, 4], ratio-major, pixels
 */
export function cellAnchors(config: AnchorConfig, level: number): Float32Array {
  const { ratios, scalesPerOctave, octave } = config;
  const stride = config.strides[level] ?? Number.NaN;
  const size = config.sizes[level] ?? Number.NaN;
  const center = 0.5 * (stride - 1);
  const boxes: number[] = [];
  for (const ratio of ratios) {
    const width = roundHalfEven(Math.sqrt((stride * stride) / ratio));
    const height = roundHalfEven(width * ratio);
    for (let i = 0; i < scalesPerOctave; i += 1) {
      const scale = (octave ** (i / scalesPerOctave) * size) / stride;
      const dx = 0.5 * (width * scale - 1);
      const dy = 0.5 * (height * scale - 1);
      boxes.push(center - dx, center - dy, center + dx, center + dy);
    }
  }
  return Float32Array.from(boxes);
}

/**
 * Sizes of the pyramid's levels for a padded image, finest first. Spec 2.2.
 *
 * @param height  pixels
 * @param width   pixels
 * @returns       [height, width] of each level, cells
 */
export function levelSizes(height: number, width: number, levels: number): [height: number, width: number][] {
  let [rows, columns] = [Math.ceil(height / 4), Math.ceil(width / 4)];
  return Array.from({ length: levels }, () => {
    [rows, columns] = [Math.ceil(rows / 2), Math.ceil(columns / 2)];
    return [rows, columns];
  });
}

/**
 * The anchors of one level.
 *
 * @param featureSize  [height, width] of the level, cells
 * @returns            [height x width x anchors per location, 4], row-major over locations, pixels
 */
export function levelAnchors(
  config: AnchorConfig,
  level: number,
  featureSize: readonly [height: number, width: number],
): Float32Array {
  const cell = cellAnchors(config, level);
  const stride = config.strides[level] ?? Number.NaN;
  const [height, width] = featureSize;
  const anchors = new Float32Array(height * width * cell.length);
  let at = 0;
  for (let row = 0; row < height; row += 1) {
    for (let col = 0; col < width; col += 1) {
      for (let i = 0; i < cell.length; i += 1) {
        anchors[at++] = (i % 2 === 0 ? col : row) * stride + (cell[i] ?? 0);
      }
    }
  }
  return anchors;
}

/**
 * Mask of the anchors inside an image, within `margin` pixels; a negative margin accepts all.
 *
 * @param anchors    [N, 4]
 * @param imageSize  [height, width], pixels
 * @returns          [N], 1 = inside
 */
export function anchorsInside(
  anchors: Float32Array,
  [height, width]: readonly [height: number, width: number],
  margin = 0,
): Uint8Array {
  return Uint8Array.from({ length: anchors.length / 4 }, (_, n) => {
    if (margin < 0) return 1;
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = anchors.subarray(4 * n, 4 * n + 4);
    return x1 >= -margin && y1 >= -margin && x2 < width + margin && y2 < height + margin ? 1 : 0;
  });
}
