import { accumulate } from '../matching/accumulate.ts';
import { Groups } from '../matching/by-category.ts';
import { CategoryDetections } from '../matching/category-detections.ts';
import { curveOf } from '../matching/curve.ts';
import { Figures } from '../matching/figures.ts';
import { ImageList } from '../matching/image-list.ts';
import { bestFirst, Matcher } from '../matching/match.ts';
import { Outcomes } from '../matching/outcomes.ts';
import type { CategoryId, CocoDetection, ImageId } from '../types.ts';
import {
  checkCategories,
  checkCategoryId,
  checkDetection,
  checkEntry,
  checkList,
  fail,
} from '../validate.ts';
import { boxArea, checkFrequency, checkLvisImage, hasArea, trueBoxOf } from './entries.ts';
import { frequencyFigures, type LvisSummary, lvisFigures } from './summary.ts';
import type { LvisCategory, LvisFrequency, LvisImage, LvisObject } from './types.ts';

export interface LvisOptions {
  /**
   * `standard`, the default: the 300 best detections of each image count, of all categories together. `fixed`: the 10,000 best
   * of each category, over all images (Dave et al. 2021), which GLIP reports.
   */
  readonly ap?: 'standard' | 'fixed' | undefined;
  /** Another limit than 300 or 10,000; `Infinity` for none. */
  readonly maxDetections?: number | undefined;
}

/** A category whose frequency is known. */
interface CheckedCategory extends LvisCategory {
  readonly frequency: LvisFrequency;
}

/** Detections that each kind of AP counts. */
export const LVIS_MAX_DETECTIONS = { standard: 300, fixed: 10_000 };

/**
 * LVIS's average precision for boxes, as lvis-api computes it. Images are matched as they are added; fixed AP keeps at most
 * twice its limit for each category.
 *
 * @throws MetricsError from every method, for input that cannot be evaluated
 */
export class LvisEvaluator {
  readonly #categories: readonly CheckedCategory[];
  readonly #places: ReadonlyMap<CategoryId, number>;
  readonly #perImage: number;
  readonly #perCategory: number;
  readonly #images = new ImageList();
  readonly #matcher = new Matcher();
  readonly #outcomes = new Outcomes();
  readonly #detections: readonly CategoryDetections[];
  readonly #objects: number[];

  constructor(categories: readonly LvisCategory[], options: LvisOptions = {}) {
    const { ap = 'standard' } = options;
    if (!(ap === 'standard' || ap === 'fixed')) fail('ap', ap, '"standard" or "fixed"');
    const { maxDetections: limit = LVIS_MAX_DETECTIONS[ap] } = options;
    if (!(limit > 0 && (Number.isSafeInteger(limit) || limit === Number.POSITIVE_INFINITY))) {
      fail('maxDetections', limit, 'a positive whole number or Infinity');
    }
    this.#perImage = ap === 'standard' ? limit : Number.POSITIVE_INFINITY;
    this.#perCategory = ap === 'fixed' ? limit : Number.POSITIVE_INFINITY;
    const frequencies = new Map(
      checkList(categories, 'categories').map((category, i) => {
        const where = `categories[${i}]`;
        return [category, checkFrequency(checkEntry(category, where).frequency, where)];
      }),
    );
    this.#categories = checkCategories(categories).map((category) => ({
      id: category.id,
      name: category.name,
      frequency: frequencies.get(category) ?? 'f',
    }));
    this.#places = new Map(this.#categories.map(({ id }, k) => [id, k]));
    this.#detections = this.#categories.map(() => new CategoryDetections());
    this.#objects = this.#categories.map(() => 0);
  }

  /**
   * Adds an image. Entries of categories that are not evaluated are left out; their detections use up places of the limit. If
   * an entry is refused, nothing of the image is added.
   *
   * @param judged      categories that were judged, besides those of the objects
   * @param groundTruth in the order of the file, which decides between objects of equal overlap
   * @param detections  of all prompts, one after the other; their order, and with fixed AP that of the images, decides between
   *   equal scores
   */
  add(
    imageId: ImageId,
    judged: LvisImage,
    groundTruth: readonly LvisObject[],
    detections: readonly CocoDetection[],
  ): void {
    const name = this.#images.check(imageId);
    checkLvisImage(judged, name);
    const groups = new Groups(this.#places);
    groups.addObjects(groundTruth, `${name}: groundTruth`, trueBoxOf);
    const where = `${name}: detections`;
    for (const [i, entry] of checkList(detections, where).entries()) {
      checkCategoryId(checkDetection(entry, `${where}[${i}]`), `${where}[${i}]`);
    }
    const within = detections.length > this.#perImage ? bestFirst(detections, this.#perImage) : detections;
    groups.addDetections(within, where);
    const image = this.#images.add(imageId);
    const negative = new Set(judged.neg_category_ids);
    const notExhaustive = new Set(judged.not_exhaustive_category_ids);
    for (const [k, { objects, detections: found }] of groups.byPlace) {
      const { id } = this.#categories[k];
      const isJudged = objects.length > 0 || negative.has(id);
      const best = bestFirst(found, this.#perCategory);
      const evaluated = best.map(({ bbox }) => isJudged && hasArea(boxArea(bbox)));
      const matched = best.filter((_, i) => evaluated[i]);
      const words = this.#matcher.match(objects, matched, notExhaustive.has(id));
      this.#detections[k].addImage({ image, objects, detections: best, evaluated, words }, this.#outcomes);
      this.#detections[k].limit(this.#perCategory);
      this.#objects[k] += objects.filter(({ ignored }) => !ignored).length;
    }
  }

  /** Figures of the images so far; more may be added afterwards. */
  summarize(): LvisSummary {
    const categories = this.#categories;
    for (const category of this.#detections) category.keepBest(this.#perCategory);
    const limits = [Number.POSITIVE_INFINITY];
    const arrays = accumulate(this.#detections, this.#outcomes, this.#images.ids, limits);
    const figures = new Figures(arrays, categories.length, 1);
    return {
      ...lvisFigures(figures, [...categories.keys()]),
      ...frequencyFigures(figures, categories),
      images: this.#images.ids.length,
      categories: categories.map(({ id, name, frequency }, k) => ({
        id,
        name,
        frequency,
        objects: this.#objects[k],
        detections: this.#detections[k].evaluated,
        ...lvisFigures(figures, [k]),
      })),
      arrays,
      curve: curveOf(figures, this.#places, 0),
    };
  }
}
