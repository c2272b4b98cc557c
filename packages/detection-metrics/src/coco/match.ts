import { boxIou } from './overlap.ts';
import { AREA_RANGES, IOU_THRESHOLDS } from './parameters.ts';
import type { CocoBox } from './types.ts';

/** An object whose defaults are filled in. */
export interface PlainObject {
  readonly bbox: CocoBox;
  readonly area: number;
  readonly crowd: boolean;
  readonly difficult: boolean;
  /** False for the annotation 0 of pycocotools: its match counts as none. */
  readonly counts: boolean;
}

/** Matches of the detections of one image and category, for each area range; bit t of a mask is IoU threshold t. */
export interface Matches {
  /** Best first. */
  readonly scores: Float64Array;
  /** By area range: thresholds at which each detection is matched. */
  readonly matched: readonly Uint16Array[];
  /** By area range: thresholds at which each detection is neither right nor wrong. */
  readonly ignored: readonly Uint16Array[];
  /** By area range: objects to find. */
  readonly objects: readonly number[];
}

/** Marks of each detection at one threshold: the object's index or -1, and whether it is neither right nor wrong. */
export interface Assignment {
  readonly object: Int32Array;
  readonly ignored: Uint8Array;
}

/** Detections in descending order of score, equal scores in their order, at most `limit`. */
export function bestFirst<D extends { readonly score: number }>(
  detections: readonly D[],
  limit: number,
): readonly D[] {
  return [...detections].sort((a, b) => b.score - a.score).slice(0, limit);
}

/** Overlaps of detections (rows) with objects (columns). */
export function overlaps(
  detections: readonly { readonly bbox: CocoBox }[],
  objects: readonly PlainObject[],
): Float64Array {
  const values = new Float64Array(detections.length * objects.length);
  let at = 0;
  for (const { bbox } of detections) {
    for (const object of objects) values[at++] = boxIou(bbox, object.bbox, object.crowd);
  }
  return values;
}

/**
 * Assigns detections, best first, to the free object of largest overlap; of equal overlaps the last. Objects that count
 * come before those that do not (crowds, other sizes); a crowd takes any number of detections.
 *
 * @param order    objects that count, then the others
 * @param ignored  by object: does not count
 */
export function assign(
  ious: Float64Array,
  threshold: number,
  detections: number,
  objects: readonly PlainObject[],
  order: readonly number[],
  ignored: readonly boolean[],
): Assignment {
  const object = new Int32Array(detections).fill(-1);
  const marks = new Uint8Array(detections);
  const taken = new Uint8Array(objects.length);
  for (let d = 0; d < detections; d++) {
    let best = Math.min(threshold, 1 - 1e-10);
    let found = -1;
    for (const g of order) {
      if (taken[g] && !objects[g].crowd) continue;
      if (found >= 0 && !ignored[found] && ignored[g]) break;
      const iou = ious[d * objects.length + g];
      if (iou < best) continue;
      best = iou;
      found = g;
    }
    if (found < 0) continue;
    object[d] = found;
    marks[d] = Number(ignored[found]);
    taken[found] = 1;
  }
  return { object, ignored: marks };
}

/** Places of objects: those that count, then the others. */
export function countedFirst(ignored: readonly boolean[]): number[] {
  const places = ignored.map((_, g) => g);
  return [...places.filter((g) => !ignored[g]), ...places.filter((g) => ignored[g])];
}

/** Matches the detections of one image and category at every threshold and for every area range. */
export function matchCategory(
  objects: readonly PlainObject[],
  detections: readonly { readonly bbox: CocoBox; readonly score: number }[],
  limit: number,
): Matches {
  const sorted = bestFirst(detections, limit);
  const ious = overlaps(sorted, objects);
  const matched: Uint16Array[] = [];
  const ignored: Uint16Array[] = [];
  const counts: number[] = [];
  for (const { min, max } of AREA_RANGES) {
    const outside = (area: number): boolean => area < min || area > max;
    const ignore = objects.map(({ crowd, difficult, area }) => crowd || difficult || outside(area));
    const order = countedFirst(ignore);
    const matchedHere = new Uint16Array(sorted.length);
    const ignoredHere = new Uint16Array(sorted.length);
    for (const [t, threshold] of IOU_THRESHOLDS.entries()) {
      const found = assign(ious, threshold, sorted.length, objects, order, ignore);
      for (const [d, { bbox }] of sorted.entries()) {
        const match = found.object[d];
        const counted = match >= 0 && objects[match].counts;
        if (counted) matchedHere[d] |= 1 << t;
        if (found.ignored[d] || (!counted && outside(bbox[2] * bbox[3]))) ignoredHere[d] |= 1 << t;
      }
    }
    matched.push(matchedHere);
    ignored.push(ignoredHere);
    counts.push(ignore.filter((no) => !no).length);
  }
  return { scores: Float64Array.from(sorted, ({ score }) => score), matched, ignored, objects: counts };
}
