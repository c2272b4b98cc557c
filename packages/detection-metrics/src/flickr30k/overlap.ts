/**
 * Largest intersection over union of boxes `[x1, y1, x2, y2]` with targets, without "+ 1". NaN, of boxes without area, stays: it
 * is no hit, as in the original, where numpy's maximum keeps it.
 */
export function largestOverlap(
  boxes: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const box of boxes) {
    for (const target of targets) largest = Math.max(largest, overlap(box, target));
  }
  return largest;
}

function overlap(a: readonly number[], b: readonly number[]): number {
  const width = Math.max(Math.min(a[2], b[2]) - Math.max(a[0], b[0]), 0);
  const height = Math.max(Math.min(a[3], b[3]) - Math.max(a[1], b[1]), 0);
  const shared = width * height;
  const [areaA, areaB] = [(a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])];
  return shared / (areaA + areaB - shared);
}
