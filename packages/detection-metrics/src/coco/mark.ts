import { assign, bestFirst, countedFirst, overlaps } from './match.ts';
import { MAX_DETECTIONS } from './parameters.ts';
import type { CocoDetection, CocoObject } from './types.ts';
import { checkCategoryId, checkDetection, checkList, checkObject, fail } from './validate.ts';

/** Verdict on a detection: `ignored` is neither right nor wrong (a crowd, a difficult object, beyond the limit). */
export type Mark = 'right' | 'wrong' | 'ignored';

export interface Marks {
  /** Of each detection, in the given order. */
  readonly detections: readonly Mark[];
  /** Of each object: true if a detection matches it. */
  readonly found: readonly boolean[];
  /** Objects to find: neither crowds nor difficult. */
  readonly objects: number;
}

export interface MarkOptions {
  /** Least overlap of a match, above 0 and at most 1; default 0.5. */
  readonly iou?: number | undefined;
  /** Detections of each category that count; default 100. */
  readonly maxDetections?: number | undefined;
}

/**
 * Marks the detections of one image as the evaluator counts them at one IoU threshold, to show what a detector got right.
 *
 * @throws MetricsError that names the entry
 */
export function markDetections(
  groundTruth: readonly CocoObject[],
  detections: readonly CocoDetection[],
  { iou = 0.5, maxDetections = MAX_DETECTIONS[MAX_DETECTIONS.length - 1] }: MarkOptions = {},
): Marks {
  if (!(iou > 0 && iou <= 1)) fail('iou', iou, 'a number above 0 and at most 1');
  if (!(maxDetections >= 1)) fail('maxDetections', maxDetections, 'a number of at least 1');
  const objects = checkList(groundTruth, 'groundTruth').map((entry, index) => {
    const where = `groundTruth[${index}]`;
    return { category: checkCategoryId(entry, where), index, ...checkObject(entry, where) };
  });
  const given = checkList(detections, 'detections').map((entry, index) => {
    const where = `detections[${index}]`;
    const category = checkCategoryId(entry, where);
    return { category, index, bbox: entry.bbox, score: checkDetection(entry, where).score };
  });
  const marks = given.map((): Mark => 'ignored');
  const found = objects.map(() => false);
  for (const category of new Set(given.map((one) => one.category))) {
    const own = objects.filter((one) => one.category === category);
    const best = bestFirst(
      given.filter((one) => one.category === category),
      maxDetections,
    );
    const ignored = own.map(({ crowd, difficult }) => crowd || difficult);
    const matches = assign(overlaps(best, own), iou, best.length, own, countedFirst(ignored), ignored);
    for (const [d, { index }] of best.entries()) {
      const object = matches.object[d];
      if (object >= 0) found[own[object].index] = true;
      if (!matches.ignored[d]) marks[index] = object >= 0 ? 'right' : 'wrong';
    }
  }
  const counted = objects.filter(({ crowd, difficult }) => !crowd && !difficult);
  return { detections: marks, found, objects: counted.length };
}
