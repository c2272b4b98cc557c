import {
  annotationsByImage,
  type CocoFileDetection,
  checkDetections,
  detectionsByImage,
  type FileAnnotation,
  type FileOptions,
  listedImages,
} from '../files/contents.ts';
import type { ImageId } from '../types.ts';
import { checkCategories, checkEntry, inFile } from '../validate.ts';
import { CocoEvaluator, type CocoOptions, type CocoSummary } from './evaluator.ts';
import { trueBoxOf } from './objects.ts';
import type { CocoCategory, CocoObject } from './types.ts';

/** A COCO annotation file, as `JSON.parse` gives it; other keys have no effect. */
export interface CocoGroundTruth {
  readonly images: readonly { readonly id: ImageId }[];
  readonly annotations?: readonly CocoFileObject[] | undefined;
  readonly categories: readonly CocoCategory[];
}

export interface CocoFileObject extends Omit<CocoObject, 'difficult' | 'id'>, FileAnnotation {}

export interface CocoFileOptions extends CocoOptions, FileOptions {}

/**
 * Evaluates the contents of COCO's files as pycocotools does, including its treatment of annotations with equal ids (the
 * last one stands for all of them) and of the annotation 0 (a match with it counts as none). Where pycocotools fails,
 * defaults are taken: no crowd, and the box's area.
 *
 * @throws MetricsError that names the file, if its name is given, and the entry
 */
export function evaluateCoco(
  groundTruth: CocoGroundTruth,
  detections: readonly CocoFileDetection[],
  options: CocoFileOptions = {},
): CocoSummary {
  const { evaluator, images, objects } = inFile(options.files?.groundTruth, () => {
    const { categories, annotations = [] } = checkEntry(groundTruth, 'groundTruth');
    const evaluated = new Set(checkCategories(categories).map(({ id }) => id));
    const listed = listedImages(groundTruth.images);
    return {
      evaluator: new CocoEvaluator(categories, options),
      images: listed,
      objects: annotationsByImage(
        annotations,
        listed,
        ({ category_id }) => evaluated.has(category_id),
        trueBoxOf,
      ),
    };
  });
  checkDetections(detections, images, options);
  const found = detectionsByImage(detections);
  for (const id of images.keys()) {
    const own = (objects.get(id) ?? []).map((object) => ({ ...object, difficult: false })); // no key of COCO's
    evaluator.add(id, own, found.get(id) ?? []);
  }
  return evaluator.summarize();
}
