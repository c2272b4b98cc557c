const f32 = Math.fround;

/**
 * Non-maximum suppression per label: from the highest score down, a box is dropped if it overlaps a kept box of
 * the same label by more than the threshold. Spec §3.5; `ml_nms` of the original, in f32, with sides x2 - x1 + 1.
 *
 * @param boxes      [N, 4]
 * @param scores     [N]; equal scores count in the order given
 * @param labels     [N]
 * @param threshold  maximum intersection over union of two kept boxes
 * @returns          indices of the kept boxes, ascending
 */
export function nonMaximumSuppression(
  boxes: Float32Array,
  scores: Float32Array,
  labels: Int32Array,
  threshold: number,
): Int32Array {
  const limit = f32(threshold);
  const order = Array.from(scores.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const areas = Float32Array.from(scores, (_, n) => {
    const width = extent(boxes[4 * n], boxes[4 * n + 2]);
    return width * extent(boxes[4 * n + 1], boxes[4 * n + 3]);
  });
  const keptByLabel = new Map<number, number[]>();
  const kept: number[] = [];
  for (const candidate of order) {
    const label = labels[candidate] ?? 0;
    const rivals = keptByLabel.get(label) ?? [];
    if (rivals.some((rival) => overlap(boxes, areas, rival, candidate) > limit)) continue;
    rivals.push(candidate);
    keptByLabel.set(label, rivals);
    kept.push(candidate);
  }
  return Int32Array.from(kept).sort();
}

/** Intersection over union of boxes a and b. */
function overlap(boxes: Float32Array, areas: Float32Array, a: number, b: number): number {
  const [i, j] = [4 * a, 4 * b];
  const width = extent(Math.max(boxes[i], boxes[j]), Math.min(boxes[i + 2], boxes[j + 2]));
  if (width <= 0) return 0;
  const height = extent(Math.max(boxes[i + 1], boxes[j + 1]), Math.min(boxes[i + 3], boxes[j + 3]));
  if (height <= 0) return 0;
  const shared = f32(width * height);
  return f32(shared / f32(f32(areas[a] + areas[b]) - shared));
}

function extent(start: number, end: number): number {
  return f32(f32(end - start) + 1);
}
