import { accumulate, type CocoArrays } from '../matching/accumulate.ts';
import { Groups } from '../matching/by-category.ts';
import { CategoryDetections } from '../matching/category-detections.ts';
import { curveOf } from '../matching/curve.ts';
import { type CurveOptions, Figures, type PrecisionRecallCurve } from '../matching/figures.ts';
import { ImageList } from '../matching/image-list.ts';
import { bestFirst, Matcher } from '../matching/match.ts';
import { Outcomes } from '../matching/outcomes.ts';
import { MAX_DETECTIONS } from '../matching/parameters.ts';
import type { CategoryId, CocoDetection, ImageId } from '../types.ts';
import { checkCategories, checkLimits } from '../validate.ts';
import { trueBoxOf } from './objects.ts';
import { type CategoryFigures, type CocoFigures, cocoFigures, overallFigures } from './summary.ts';
import type { CocoCategory, CocoObject } from './types.ts';

export interface CocoOptions {
  /** Limits of detections per image and category; default `[1, 10, 100]`. */
  readonly maxDetections?: readonly number[] | undefined;
}

/** Figures over all images that were added. */
export interface CocoSummary extends CocoFigures {
  readonly images: number;
  readonly maxDetections: readonly number[];
  /** By ascending id. */
  readonly categories: readonly CategoryFigures[];
  /** pycocotools' arrays; their third, for `recall` second, axis follows `categories`. */
  readonly arrays: CocoArrays;
  /**
   * Precision by recall of one category at the last limit.
   *
   * @throws MetricsError for a category or threshold that was not evaluated
   */
  curve(categoryId: CategoryId, options?: CurveOptions): PrecisionRecallCurve;
}

/**
 * Average precision and recall as pycocotools computes them for boxes. Images are matched as they are added, in any order;
 * only scores and matches are kept, 16 bytes for each detection.
 *
 * @throws MetricsError from every method, for input that cannot be evaluated
 */
export class CocoEvaluator {
  readonly #categories: readonly CocoCategory[];
  readonly #limits: readonly number[];
  readonly #places: ReadonlyMap<CategoryId, number>;
  readonly #images = new ImageList();
  readonly #matcher = new Matcher();
  readonly #outcomes = new Outcomes();
  readonly #detections: readonly CategoryDetections[];
  readonly #counts: { objects: number; detections: number }[];

  constructor(categories: readonly CocoCategory[], { maxDetections = MAX_DETECTIONS }: CocoOptions = {}) {
    this.#categories = checkCategories(categories);
    this.#limits = checkLimits(maxDetections, 'maxDetections');
    this.#places = new Map(this.#categories.map(({ id }, k) => [id, k]));
    this.#detections = this.#categories.map(() => new CategoryDetections());
    this.#counts = this.#categories.map(() => ({ objects: 0, detections: 0 }));
  }

  /**
   * Adds an image. Entries of categories that are not evaluated are left out, as in pycocotools. If an entry is refused,
   * nothing of the image is added.
   *
   * @param groundTruth  in the order of the file, which decides between objects of equal overlap
   * @param detections   in any number; their order decides between equal scores
   */
  add(imageId: ImageId, groundTruth: readonly CocoObject[], detections: readonly CocoDetection[]): void {
    const name = this.#images.check(imageId);
    const groups = new Groups(this.#places);
    groups.addObjects(groundTruth, `${name}: groundTruth`, trueBoxOf);
    groups.addDetections(detections, `${name}: detections`);
    const image = this.#images.add(imageId);
    const limit = this.#limits[this.#limits.length - 1];
    for (const [k, { objects, detections: found }] of groups.byPlace) {
      const best = bestFirst(found, limit);
      const words = this.#matcher.match(objects, best);
      this.#detections[k].addImage({ image, objects, detections: best, words }, this.#outcomes);
      this.#counts[k].objects += objects.filter(({ crowd, ignored }) => !crowd && !ignored).length;
      this.#counts[k].detections += found.length;
    }
  }

  /** Figures of the images so far; more may be added afterwards. */
  summarize(): CocoSummary {
    const [categories, limits] = [this.#categories, this.#limits];
    const arrays = accumulate(this.#detections, this.#outcomes, this.#images.ids, limits);
    const figures = new Figures(arrays, categories.length, limits.length);
    return {
      ...overallFigures(figures, [...categories.keys()], limits),
      images: this.#images.ids.length,
      maxDetections: limits,
      categories: categories.map(({ id, name }, k) => ({
        id,
        name,
        ...this.#counts[k],
        ...cocoFigures(figures, [k], limits),
      })),
      arrays,
      curve: curveOf(figures, this.#places, limits.length - 1),
    };
  }
}
