import type { EvaluatedImage } from '@glip-wgpu/glip-train';

/** Precision by recall of marked detections, and the score with the largest F1. */
export interface MarkedCurve {
  readonly points: readonly (readonly [recall: number, precision: number])[];
  /** Undefined without a right detection. */
  readonly threshold: number | undefined;
}

const LEVELS = 100;

/**
 * Precision by recall over the detections of images, best first, at 101 levels of recall: the highest precision at this recall or
 * more, 0 where it is never reached, as COCO reads it.
 */
export function markedCurve(images: readonly EvaluatedImage[]): MarkedCurve {
  const objects = images.reduce(
    (sum, { image }) => sum + image.annotations.filter(({ crowd }) => !crowd).length,
    0,
  );
  const all = images
    .flatMap(({ detections }) => detections.filter(({ mark }) => mark !== 'ignored'))
    .sort((a, b) => b.score - a.score);
  const highest = new Float64Array(LEVELS + 1);
  let [right, best] = [0, 0];
  let threshold: number | undefined;
  for (const [i, { mark, score }] of all.entries()) {
    if (mark === 'right') right += 1;
    const precision = right / (i + 1);
    const level = Math.floor((LEVELS * right) / Math.max(objects, 1));
    highest[Math.min(level, LEVELS)] = Math.max(highest[Math.min(level, LEVELS)], precision);
    const f1 = (2 * right) / (i + 1 + objects);
    if (f1 > best) [best, threshold] = [f1, score];
  }
  for (let level = LEVELS - 1; level >= 0; level--)
    highest[level] = Math.max(highest[level], highest[level + 1]);
  return { points: Array.from(highest, (precision, level) => [level / LEVELS, precision]), threshold };
}
