import type { Row } from './compare.ts';

/** Boxes with a score and a label each. */
export interface DetectionList {
  /** [n, 4] */
  readonly boxes: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

const BOX_PIXELS = 0.05;
const SCORE = 1e-3;
const SAME_ORDER = 1e-4; // reference scores this close may come in either order

/**
 * Same count, matched one to one by label within 0.05 px and 1e-3 in score, in the same order but for reference scores
 * within 1e-4 of each other; or, for candidates before suppression and for several passes, in any order.
 *
 * @param within  largest difference of scores
 */
export function compareDetections(
  name: string,
  actual: DetectionList,
  expected: DetectionList,
  order: 'by score' | 'any order' = 'by score',
  within = SCORE,
): Row {
  const n = expected.scores.length;
  if (actual.scores.length !== n) {
    return { name, verdict: 'FAIL', note: `${actual.scores.length} detections, expected ${n}` };
  }
  const taken = new Set<number>();
  let worstBox = 0;
  let worstScore = 0;
  for (let i = 0; i < n; i++) {
    let best = -1;
    let bestDistance = Number.POSITIVE_INFINITY;
    for (let j = 0; j < n; j++) {
      if (taken.has(j) || actual.labels[j] !== expected.labels[i]) continue;
      const box = boxDistance(actual.boxes, j, expected.boxes, i);
      const score = Math.abs(actual.scores[j] - expected.scores[i]);
      const moved = order === 'by score' && Math.abs(expected.scores[j] - expected.scores[i]) > SAME_ORDER;
      if (box > BOX_PIXELS || score > within || moved) continue;
      if (box + score < bestDistance) [best, bestDistance] = [j, box + score];
    }
    if (best < 0)
      return { name, verdict: 'FAIL', note: `detection ${i} of the reference has no counterpart` };
    taken.add(best);
    worstBox = Math.max(worstBox, boxDistance(actual.boxes, best, expected.boxes, i));
    worstScore = Math.max(worstScore, Math.abs(actual.scores[best] - expected.scores[i]));
  }
  const note = `${n} detections, boxes within ${worstBox.toExponential(1)} px, scores within ${worstScore.toExponential(1)}`;
  return { name, verdict: 'ok', note };
}

function boxDistance(a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number): number {
  let distance = 0;
  for (let c = 0; c < 4; c++) distance = Math.max(distance, Math.abs(a[4 * i + c] - b[4 * j + c]));
  return distance;
}
