import { MetricsError } from '../errors.ts';
import type { PlainObject } from './match.ts';
import { MAX_DETECTIONS } from './parameters.ts';
import type { CocoBox, CocoCategory, CocoDetection, CocoObject, ImageId } from './types.ts';

/** Categories by ascending id, each once. @throws MetricsError for an id that is not a whole number */
export function checkCategories(categories: readonly CocoCategory[]): CocoCategory[] {
  const byId = new Map<number, CocoCategory>();
  for (const [i, category] of checkList(categories, 'categories').entries()) {
    const { id } = checkEntry(category, `categories[${i}]`);
    if (!Number.isSafeInteger(id)) fail(`categories[${i}].id`, id, 'a whole number');
    if (!byId.has(id)) byId.set(id, category);
  }
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

/** Ascending limits. @throws MetricsError for an empty list and for limits that are not positive whole numbers */
export function checkLimits(limits: readonly number[] = MAX_DETECTIONS): readonly number[] {
  const list = checkList(limits, 'maxDetections');
  if (list.length === 0) throw new MetricsError('metrics: maxDetections is empty, expected [1, 10, 100]');
  for (const [i, limit] of list.entries()) {
    if (!(Number.isSafeInteger(limit) && limit > 0))
      fail(`maxDetections[${i}]`, limit, 'a positive whole number');
  }
  return [...list].sort((a, b) => a - b);
}

/** @throws MetricsError for anything but a number or a string, and for NaN */
export function checkImageId(id: ImageId, where: string): ImageId {
  if (typeof id === 'string' || Number.isFinite(id)) return id;
  return fail(where, id, 'a number or a string');
}

/** An object with its defaults. @throws MetricsError that names the entry and its key */
export function checkObject(entry: CocoObject, where: string): PlainObject {
  const { bbox, area, iscrowd, difficult, id } = checkEntry(entry, where);
  checkBox(bbox, `${where}.bbox`);
  if (area !== undefined && !(typeof area === 'number' && !Number.isNaN(area))) {
    fail(`${where}.area`, area, 'a number');
  }
  return {
    bbox,
    area: area ?? bbox[2] * bbox[3],
    crowd: Boolean(iscrowd),
    difficult: difficult === true,
    counts: id !== 0,
  };
}

/** @throws MetricsError that names the entry and its key */
export function checkDetection<D extends CocoDetection>(entry: D, where: string): D {
  const { bbox, score } = checkEntry(entry, where);
  checkBox(bbox, `${where}.bbox`);
  if (!Number.isFinite(score)) fail(`${where}.score`, score, 'a finite number');
  return entry;
}

/** The id of an entry's category. @throws MetricsError if it is not a number */
export function checkCategoryId(entry: { readonly category_id: number }, where: string): number {
  const { category_id } = checkEntry(entry, where);
  return typeof category_id === 'number'
    ? category_id
    : fail(`${where}.category_id`, category_id, 'a number');
}

export function checkList<T>(list: readonly T[], where: string): readonly T[] {
  return Array.isArray(list) ? list : fail(where, list, 'a list');
}

function checkEntry<T>(entry: T, where: string): T {
  return typeof entry === 'object' && entry !== null ? entry : fail(where, entry, 'an object');
}

function checkBox(box: CocoBox, where: string): void {
  if (Array.isArray(box) && box.length === 4 && box.every(Number.isFinite)) return;
  fail(where, box, '[x, y, width, height] of finite numbers');
}

/** @throws MetricsError always */
export function fail(where: string, value: unknown, expected: string): never {
  const json = typeof value === 'number' ? String(value) : JSON.stringify(value);
  const text = json === undefined ? String(value) : json.length > 60 ? `${json.slice(0, 57)}...` : json;
  throw new MetricsError(
    value === undefined
      ? `metrics: ${where} is missing, expected ${expected}`
      : `metrics: ${where} is ${text}, expected ${expected}`,
  );
}
