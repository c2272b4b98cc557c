import { bestFirst, Matcher } from '../matching/match.ts';
import { MAX_DETECTIONS } from '../matching/parameters.ts';
import type { CocoDetection } from '../types.ts';
import { checkCategoryId, checkDetection, checkList, fail } from '../validate.ts';
import { trueBoxOf } from './objects.ts';
import type { CocoObject } from './types.ts';

/** Verdict on a detection: `ignored` is neither right nor wrong (a crowd, a difficult object, beyond the limit). */
export type Mark = 'right' | 'wrong' | 'ignored';

export interface Marks {
  /** Of each detection, in the given order. */
  readonly detections: readonly Mark[];
  /** Of each detection: the index of the object that it matches, or -1. */
  readonly matches: readonly number[];
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
    return { category: checkCategoryId(entry, where), index, ...trueBoxOf(entry, where) };
  });
  const given = checkList(detections, 'detections').map((entry, index) => {
    const where = `detections[${index}]`;
    const category = checkCategoryId(entry, where);
    return { category, index, bbox: entry.bbox, score: checkDetection(entry, where).score };
  });
  const marks = given.map((): Mark => 'ignored');
  const matches = given.map(() => -1);
  const found = objects.map(() => false);
  const matcher = new Matcher();
  for (const category of new Set(given.map((one) => one.category))) {
    const own = objects.filter((one) => one.category === category);
    const best = bestFirst(
      given.filter((one) => one.category === category),
      maxDetections,
    );
    const ignored = own.map((object) => object.crowd || object.ignored);
    const assigned = matcher.assign(own, best, ignored, iou);
    for (const [d, { index }] of best.entries()) {
      const object = assigned[d];
      if (object < 0) {
        marks[index] = 'wrong';
        continue;
      }
      matches[index] = own[object].index;
      found[own[object].index] = true;
      if (!ignored[object]) marks[index] = 'right';
    }
  }
  const counted = objects.filter(({ crowd, ignored }) => !crowd && !ignored);
  return { detections: marks, matches, found, objects: counted.length };
}
