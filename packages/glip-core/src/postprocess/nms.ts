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
  const keptByLabel = new Map<number, number[]>();
  const kept: number[] = [];
  for (const candidate of order) {
    const label = labels[candidate] ?? 0;
    const rivals = keptByLabel.get(label) ?? [];
    if (rivals.some((rival) => overlap(boxes, rival, candidate) > limit)) continue;
    rivals.push(candidate);
    keptByLabel.set(label, rivals);
    kept.push(candidate);
  }
  return Int32Array.from(kept).sort();
}

/** Intersection over union of boxes a and b. */
function overlap(boxes: Float32Array, a: number, b: number): number {
  const width = extent(
    Math.max(at(boxes, a, 0), at(boxes, b, 0)),
    Math.min(at(boxes, a, 2), at(boxes, b, 2)),
  );
  const height = extent(
    Math.max(at(boxes, a, 1), at(boxes, b, 1)),
    Math.min(at(boxes, a, 3), at(boxes, b, 3)),
  );
  if (width <= 0 || height <= 0) return 0;
  const shared = f32(width * height);
  return f32(shared / f32(f32(area(boxes, a) + area(boxes, b)) - shared));
}

function area(boxes: Float32Array, n: number): number {
  const width = extent(at(boxes, n, 0), at(boxes, n, 2));
  return f32(width * extent(at(boxes, n, 1), at(boxes, n, 3)));
}

function extent(start: number, end: number): number {
  return f32(f32(end - start) + 1);
}

function at(boxes: Float32Array, n: number, corner: number): number {
  return boxes[4 * n + corner] as number;
}
