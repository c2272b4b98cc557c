import { MetricsError } from './errors.ts';
import { compareIds } from './matching/id-order.ts';
import type { CategoryId, CocoBox, CocoDetection, ImageId } from './types.ts';

/**
 * Categories by ascending id, each once.
 *
 * @throws MetricsError for an id that is neither a whole number nor a text, and for ids of both kinds
 */
export function checkCategories<C extends { readonly id: CategoryId }>(categories: readonly C[]): C[] {
  const byId = new Map<CategoryId, C>();
  for (const [i, category] of checkList(categories, 'categories').entries()) {
    const where = `categories[${i}]`;
    const { id } = checkEntry(category, where);
    if (!(Number.isSafeInteger(id) || typeof id === 'string')) fail(`${where}.id`, id, 'a whole number');
    if (typeof id !== typeof categories[0].id) fail(`${where}.id`, id, `a ${typeof categories[0].id}`);
    if (!byId.has(id)) byId.set(id, category);
  }
  return [...byId.values()].sort((a, b) => compareIds(a.id, b.id));
}

/** @throws MetricsError for anything but a number or a string, and for NaN */
export function checkImageId(id: ImageId, where: string): ImageId {
  if (typeof id === 'string' || Number.isFinite(id)) return id;
  return fail(where, id, 'a number or a string');
}

/** @throws MetricsError that names the entry and its key */
export function checkDetection<D extends CocoDetection>(entry: D, where: string): D {
  const { bbox, score } = checkEntry(entry, where);
  checkBox(bbox, where);
  if (!Number.isFinite(score)) fail(`${where}.score`, score, 'a finite number');
  return entry;
}

/** The id of an entry's category. @throws MetricsError if it is neither a number nor a string */
export function checkCategoryId(entry: { readonly category_id: CategoryId }, where: string): CategoryId {
  const { category_id: id } = checkEntry(entry, where);
  return typeof id === 'number' || typeof id === 'string' ? id : fail(`${where}.category_id`, id, 'a number');
}

/** An object's area, by default that of its box. @throws MetricsError if it is not a number */
export function checkArea(area: number | undefined, bbox: CocoBox, where: string): number {
  if (area === undefined) return bbox[2] * bbox[3];
  return typeof area === 'number' && !Number.isNaN(area) ? area : fail(`${where}.area`, area, 'a number');
}

/** @throws MetricsError unless the value is a list */
export function checkList<T>(list: readonly T[], where: string): readonly T[] {
  return Array.isArray(list) ? list : fail(where, list, 'a list');
}

/** @throws MetricsError unless the value is an object */
export function checkEntry<T>(entry: T, where: string): T {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry)
    ? entry
    : fail(where, entry, 'an object');
}

/** Checks the `bbox` of an entry. @throws MetricsError unless it is a list of four finite numbers */
export function checkBox(box: CocoBox, where: string): void {
  if (isFourNumbers(box)) return;
  fail(`${where}.bbox`, box, '[x, y, width, height] of finite numbers');
}

/** True for a list of four finite numbers. */
export function isFourNumbers(box: unknown): boolean {
  return Array.isArray(box) && box.length === 4 && box.every(Number.isFinite);
}

/** A list of positive whole numbers, ascending. @throws MetricsError for an empty list and for other values */
export function checkLimits(limits: readonly number[], where: string): readonly number[] {
  if (checkList(limits, where).length === 0)
    throw new MetricsError(`${where} is empty, expected [1, 10, 100]`);
  for (const [i, limit] of limits.entries()) {
    if (!(Number.isSafeInteger(limit) && limit > 0)) fail(`${where}[${i}]`, limit, 'a positive whole number');
  }
  return [...limits].sort((a, b) => a - b);
}

/** Puts the name of a file into errors about its contents. */
export function inFile<T>(file: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MetricsError) || file === undefined || error.file !== undefined) throw error;
    const place = error.entry === undefined ? { file } : { file, entry: error.entry };
    throw new MetricsError(error.message.replace(/^metrics: /, ''), place);
  }
}

/** @throws MetricsError always */
export function fail(where: string, value: unknown, expected: string): never {
  const json = typeof value === 'number' ? String(value) : JSON.stringify(value);
  const text = json === undefined ? String(value) : json.length > 60 ? `${json.slice(0, 57)}...` : json;
  const problem = value === undefined ? 'is missing' : `is ${text}`;
  throw new MetricsError(`${where} ${problem}, expected ${expected}`, { entry: where });
}
