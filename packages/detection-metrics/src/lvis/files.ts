import {
  annotationsByImage,
  type CocoFileDetection,
  checkDetections,
  detectionsByImage,
  type FileAnnotation,
  type FileOptions,
  listedImages,
} from '../files/contents.ts';
import { byScore } from '../matching/sort.ts';
import type { CategoryId, ImageId } from '../types.ts';
import { checkCategories, checkEntry, inFile } from '../validate.ts';
import { checkLvisImage, trueBoxOf } from './entries.ts';
import { LVIS_MAX_DETECTIONS, LvisEvaluator, type LvisOptions } from './evaluator.ts';
import type { LvisSummary } from './summary.ts';
import type { LvisCategory, LvisImage, LvisObject } from './types.ts';

/** An LVIS v1 annotation file, as `JSON.parse` gives it; other keys have no effect. */
export interface LvisGroundTruth {
  readonly images: readonly LvisFileImage[];
  readonly annotations: readonly LvisFileObject[];
  readonly categories: readonly LvisCategory[];
}

export interface LvisFileImage extends LvisImage {
  readonly id: ImageId;
}

export interface LvisFileObject extends Omit<LvisObject, 'id'>, FileAnnotation {}

export interface LvisFileOptions extends LvisOptions, FileOptions {}

/**
 * Evaluates the contents of LVIS's files as lvis-api does, or as the script of fixed AP: the order of the file decides between
 * equal scores at the limit. Dropped detections of unknown images use up places among the 10,000, as in GLIP.
 *
 * @throws MetricsError that names the file, if its name is given, and the entry
 */
export function evaluateLvis(
  groundTruth: LvisGroundTruth,
  detections: readonly CocoFileDetection[],
  options: LvisFileOptions = {},
): LvisSummary {
  const { evaluator, images, objects } = inFile(options.files?.groundTruth, () => {
    const { categories, annotations } = checkEntry(groundTruth, 'groundTruth');
    const evaluated = new Set(checkCategories(categories).map(({ id }) => id));
    const listed = listedImages(groundTruth.images);
    for (const [i, image] of groundTruth.images.entries()) checkLvisImage(image, `images[${i}]`);
    return {
      evaluator: new LvisEvaluator(categories, options),
      images: listed,
      objects: annotationsByImage(
        annotations,
        listed,
        (own, where) => evaluated.has(own.category_id) && trueBoxOf(own, where) !== undefined,
        trueBoxOf,
      ),
    };
  });
  checkDetections(detections, images, options);
  const { ap, maxDetections = LVIS_MAX_DETECTIONS.fixed } = options;
  const found = detectionsByImage(ap === 'fixed' ? bestOfEach(detections, maxDetections) : detections);
  for (const [id, image] of images) evaluator.add(id, image, objects.get(id) ?? [], found.get(id) ?? []);
  return evaluator.summarize();
}

/** The best detections of each category, in their order; of equal scores the first in the list. */
function bestOfEach(detections: readonly CocoFileDetection[], limit: number): readonly CocoFileDetection[] {
  const byCategory = new Map<CategoryId, number[]>();
  for (const [i, { category_id }] of detections.entries()) {
    const list = byCategory.get(category_id);
    if (list) list.push(i);
    else byCategory.set(category_id, [i]);
  }
  const kept = [...byCategory.values()].flatMap((indices) => {
    if (indices.length <= limit) return indices;
    const order = byScore(Float64Array.from(indices, (i) => detections[i].score));
    return Array.from(order.subarray(0, limit), (i) => indices[i]);
  });
  return kept.sort((a, b) => a - b).map((i) => detections[i]);
}
