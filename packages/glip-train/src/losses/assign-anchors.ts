import { TargetError } from '../errors.ts';

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
  const assigned = new Int32Array(total).fill(-1);
  const best = new Float64Array(total).fill(Number.NEGATIVE_INFINITY);
  for (let box = 0; 4 * box < boxes.length; box++) {
    expectBox(boxes, box);
    const candidates: number[] = [];
    let first = 0;
    for (const length of levels) {
      candidates.push(...nearest(anchors, first, length, boxes, box));
      first += length;
    }
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

const middle = (boxes: Float32Array, box: number, axis: 0 | 1): number =>
  (boxes[4 * box + axis] + boxes[4 * box + 2 + axis]) / 2;

/** The anchors of one level whose centers are nearest to the box's, nearest first. */
function nearest(
  anchors: Float32Array,
  first: number,
  length: number,
  boxes: Float32Array,
  box: number,
): number[] {
  const [x, y] = [middle(boxes, box, 0), middle(boxes, box, 1)];
  const found: { anchor: number; distance: number }[] = [];
  for (let anchor = first; anchor < first + length; anchor++) {
    const distance = Math.hypot(middle(anchors, anchor, 0) - x, middle(anchors, anchor, 1) - y);
    if (found.length === CANDIDATES && distance >= found[CANDIDATES - 1].distance) continue;
    const place = found.findIndex((other) => distance < other.distance);
    found.splice(place === -1 ? found.length : place, 0, { anchor, distance });
    if (found.length > CANDIDATES) found.pop();
  }
  return found.map(({ anchor }) => anchor);
}

/** Sides are one pixel longer than the difference of their corners. */
function iou(a: Float32Array, i: number, b: Float32Array, j: number): number {
  let [shared, areaA, areaB] = [1, 1, 1];
  for (const axis of [0, 1]) {
    const [low, high] = [4 * i + axis, 4 * i + axis + 2].map((at) => a[at]);
    const [start, end] = [4 * j + axis, 4 * j + axis + 2].map((at) => b[at]);
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
