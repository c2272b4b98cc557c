import { TargetError } from '../errors.ts';
import { levelsOf, middle, nearestAnchors } from './nearest-anchors.ts';

/** Anchors of all pyramid levels, one after the other. */
export interface AnchorGrid {
  /** [N, 4]: x1, y1, x2, y2, pixels, corners inclusive. */
  readonly boxes: Float32Array;
  /** Anchors of each level; N in all. */
  readonly levels: readonly number[];
}

const CANDIDATES = 9; // of each level
const INSIDE = 0.01; // minimum distance of a center from the sides of its box, pixels

/**
 * Adaptive training sample selection, https://arxiv.org/abs/1912.02424, spec 4.2: the anchors nearest to a box are its
 * candidates; those whose IoU reaches the mean plus one standard deviation of all candidates', and whose centers lie
 * inside, are positive. An anchor that several boxes claim goes to the one with the highest IoU, the first of equals.
 *
 * @param boxes  [G, 4]: x1, y1, x2, y2, pixels, corners inclusive
 * @returns      for each anchor the index of its box, or -1
 * @throws TargetError if a box is empty, inverted or not finite
 */
export function assignAnchors({ boxes: anchors, levels }: AnchorGrid, boxes: Float32Array): Int32Array {
  const total = levels.reduce((sum, length) => sum + length, 0);
  if (anchors.length !== 4 * total) {
    throw new TargetError('anchors', `are ${anchors.length} numbers, expected four for each of ${total}`);
  }
  const looked = levelsOf(anchors, levels);
  const assigned = new Int32Array(total).fill(-1);
  const best = new Float64Array(total).fill(Number.NEGATIVE_INFINITY);
  for (let box = 0; 4 * box < boxes.length; box++) {
    expectBox(boxes, box);
    const [x, y] = [middle(boxes, box, 0), middle(boxes, box, 1)];
    const candidates = looked.flatMap((level) => nearestAnchors(level, x, y, CANDIDATES));
    const overlaps = candidates.map((anchor) => iou(anchors, anchor, boxes, box));
    const threshold = meanPlusDeviation(overlaps);
    for (const [i, anchor] of candidates.entries()) {
      if (!(overlaps[i] >= threshold && depth(anchors, anchor, boxes, box) > INSIDE)) continue;
      if (overlaps[i] <= best[anchor]) continue;
      best[anchor] = overlaps[i];
      assigned[anchor] = box;
    }
  }
  return assigned;
}

function expectBox(boxes: Float32Array, box: number): void {
  const [x1, y1, x2, y2] = boxes.subarray(4 * box, 4 * box + 4);
  if (x2 > x1 && y2 > y1 && x2 - x1 < Number.POSITIVE_INFINITY && y2 - y1 < Number.POSITIVE_INFINITY) return;
  const found = Array.from(boxes.subarray(4 * box, 4 * box + 4)).join(', ');
  throw new TargetError(`box ${box}`, `is [${found}], expected x1, y1, x2, y2 with x1 < x2 and y1 < y2`);
}

/** Sides are one pixel longer than the difference of their corners. */
function iou(a: Float32Array, i: number, b: Float32Array, j: number): number {
  let [shared, areaA, areaB] = [1, 1, 1];
  for (let axis = 0; axis < 2; axis++) {
    const [low, high] = [a[4 * i + axis], a[4 * i + axis + 2]];
    const [start, end] = [b[4 * j + axis], b[4 * j + axis + 2]];
    shared *= Math.max(0, Math.min(high, end) - Math.max(low, start) + 1);
    areaA *= high - low + 1;
    areaB *= end - start + 1;
  }
  return shared / (areaA + areaB - shared);
}

/** Sample standard deviation: divides by n - 1. */
function meanPlusDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return mean + Math.sqrt(squares / (values.length - 1));
}

/** Distance of an anchor's center from the nearest side of the box; negative outside. */
function depth(anchors: Float32Array, anchor: number, boxes: Float32Array, box: number): number {
  const [x, y] = [middle(anchors, anchor, 0), middle(anchors, anchor, 1)];
  const [x1, y1, x2, y2] = boxes.subarray(4 * box, 4 * box + 4);
  return Math.min(x - x1, y - y1, x2 - x, y2 - y);
}
