import type { TrueBox } from '../matching/match.ts';
import type { CategoryId, CocoBox } from '../types.ts';
import { checkArea, checkBox, checkEntry, checkList, fail } from '../validate.ts';
import type { LvisFrequency, LvisImage, LvisObject } from './types.ts';

/** An object with its defaults; undefined if it has no area. @throws MetricsError that names the entry and its key */
export function trueBoxOf(entry: LvisObject, where: string): TrueBox | undefined {
  const { bbox, area, ignore, id } = checkEntry(entry, where);
  checkBox(bbox, where);
  const box = { bbox, area: checkArea(area, bbox, where), crowd: false, ignored: Boolean(ignore) };
  return hasArea(box.area) ? { ...box, counts: id !== 0 } : undefined;
}

/** lvis-api leaves out objects and detections that have no area, or an endless one. */
export function hasArea(area: number): boolean {
  return area > 0 && area < Number.POSITIVE_INFINITY;
}

/** Area of a box `[x, y, width, height]`. */
export function boxArea(bbox: CocoBox): number {
  return bbox[2] * bbox[3];
}

/** @throws MetricsError for a frequency other than r, c and f */
export function checkFrequency(frequency: string, where: string): LvisFrequency {
  if (frequency === 'r' || frequency === 'c' || frequency === 'f') return frequency;
  return fail(`${where}.frequency`, frequency, '"r", "c" or "f"');
}

/** @throws MetricsError unless both lists of categories are there */
export function checkLvisImage(image: LvisImage, where: string): void {
  const { neg_category_ids, not_exhaustive_category_ids } = checkEntry(image, where);
  const lists = { neg_category_ids, not_exhaustive_category_ids };
  for (const [key, list] of Object.entries(lists)) {
    for (const [i, id] of checkList<CategoryId>(list, `${where}.${key}`).entries()) {
      if (!(typeof id === 'number' || typeof id === 'string')) fail(`${where}.${key}[${i}]`, id, 'a number');
    }
  }
}
