import { MetricsError } from '../errors.ts';
import { accumulate, type CocoArrays } from './accumulate.ts';
import { type Matches, matchCategory, type PlainObject } from './match.ts';
import {
  areaIndex,
  type CategoryFigures,
  type CocoFigures,
  type Counts,
  type CurveOptions,
  Figures,
  type PrecisionRecallCurve,
  thresholdIndex,
} from './summary.ts';
import type { CocoCategory, CocoDetection, CocoObject, ImageId } from './types.ts';
import {
  checkCategories,
  checkCategoryId,
  checkDetection,
  checkImageId,
  checkLimits,
  checkList,
  checkObject,
  fail,
} from './validate.ts';

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
  curve(categoryId: number, options?: CurveOptions): PrecisionRecallCurve;
}

/**
 * Average precision and recall as pycocotools computes them for boxes. Images are matched as they are added, in any order;
 * only scores and matches are kept.
 *
 * @throws MetricsError from every method, for input that cannot be evaluated
 */
export class CocoEvaluator {
  readonly #categories: readonly CocoCategory[];
  readonly #limits: readonly number[];
  readonly #images = new Set<ImageId>();
  /** By category: matches of each image that has objects or detections of it. */
  readonly #matches: readonly Map<ImageId, Matches>[];
  readonly #counts: { objects: number; detections: number }[];
  readonly #places: ReadonlyMap<number, number>;

  constructor(categories: readonly CocoCategory[], { maxDetections }: CocoOptions = {}) {
    this.#categories = checkCategories(categories);
    this.#limits = checkLimits(maxDetections);
    this.#places = new Map(this.#categories.map(({ id }, k) => [id, k]));
    this.#matches = this.#categories.map(() => new Map());
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
    const image = `image ${JSON.stringify(checkImageId(imageId, 'imageId'))}`;
    this.#checkImage(imageId, image);
    const objects: PlainObject[][] = this.#categories.map(() => []);
    const found: CocoDetection[][] = this.#categories.map(() => []);
    for (const [i, entry] of checkList(groundTruth, `${image}: groundTruth`).entries()) {
      const where = `${image}: groundTruth[${i}]`;
      const k = this.#places.get(checkCategoryId(entry, where));
      if (k !== undefined) objects[k].push(checkObject(entry, where));
    }
    for (const [i, entry] of checkList(detections, `${image}: detections`).entries()) {
      const where = `${image}: detections[${i}]`;
      const k = this.#places.get(checkCategoryId(entry, where));
      if (k !== undefined) found[k].push(checkDetection(entry, where));
    }
    this.#images.add(imageId);
    const limit = this.#limits[this.#limits.length - 1];
    for (const k of this.#categories.keys()) {
      if (objects[k].length + found[k].length === 0) continue;
      this.#matches[k].set(imageId, matchCategory(objects[k], found[k], limit));
      this.#counts[k].objects += objects[k].filter(({ crowd, difficult }) => !crowd && !difficult).length;
      this.#counts[k].detections += found[k].length;
    }
  }

  /** Figures of the images so far; more may be added afterwards. */
  summarize(): CocoSummary {
    const categories = this.#categories;
    const arrays = accumulate(this.#matches, this.#limits);
    const figures = new Figures(arrays, categories, this.#limits);
    const counts: Counts[] = this.#counts.map((count) => ({ ...count }));
    const places = this.#places;
    return {
      ...figures.overall(),
      images: this.#images.size,
      maxDetections: this.#limits,
      categories: categories.map((_, k) => figures.ofCategory(k, counts[k])),
      arrays,
      curve(categoryId, { iou = 0.5, area = 'all' } = {}) {
        const k = places.get(categoryId) ?? fail('categoryId', categoryId, 'an evaluated category');
        const t = thresholdIndex(iou);
        if (t < 0) fail('iou', iou, 'one of 0.5, 0.55 to 0.95');
        const a = areaIndex(area);
        if (a < 0) fail('area', area, 'all, small, medium or large');
        return figures.curve(k, t, a);
      },
    };
  }

  #checkImage(imageId: ImageId, image: string): void {
    if (this.#images.has(imageId)) throw new MetricsError(`metrics: ${image} was added before`);
    const [first] = this.#images;
    if (first === undefined || typeof first === typeof imageId) return;
    throw new MetricsError(
      `metrics: ${image} has a ${typeof imageId} as its id, those before it a ${typeof first}; ids of both kinds have no order`,
    );
  }
}
