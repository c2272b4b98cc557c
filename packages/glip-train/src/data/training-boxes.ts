import type { Edges } from '@glip-wgpu/datasets';

/** Corners in pixels, inclusive: the last column and row are part of the box. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/**
 * A box as GLIP trains on it, spec 4.1: corners inclusive, clipped to the image; undefined if it is a pixel wide or high,
 * or less.
 */
export function trainingBox([x1, y1, x2, y2]: Edges, width: number, height: number): Box | undefined {
  return clippedBox([x1, y1, x2 - 1, y2 - 1], width, height);
}

/** Clips corners to the image. */
export function clippedBox([x1, y1, x2, y2]: Box, width: number, height: number): Box | undefined {
  const within = (value: number, size: number): number => Math.min(Math.max(value, 0), size - 1);
  const box: Box = [within(x1, width), within(y1, height), within(x2, width), within(y2, height)];
  return box[2] > box[0] && box[3] > box[1] ? box : undefined;
}
