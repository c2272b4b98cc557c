import { MetricsError } from '../errors.ts';
import { CocoEvaluator, type CocoOptions, type CocoSummary } from './evaluator.ts';
import { compareImageIds } from './image-order.ts';
import type { CocoCategory, CocoDetection, CocoObject, ImageId } from './types.ts';
import { checkDetection, checkImageId, checkList, checkObject, fail } from './validate.ts';

/** A COCO annotation file, as `JSON.parse` gives it; other keys have no effect. */
export interface CocoGroundTruth {
  readonly images: readonly { readonly id: ImageId }[];
  readonly annotations?: readonly CocoFileObject[] | undefined;
  readonly categories: readonly CocoCategory[];
}

export interface CocoFileObject extends Omit<CocoObject, 'difficult'> {
  readonly id: number | string;
  readonly image_id: ImageId;
}

/** An entry of a COCO results file. */
export interface CocoFileDetection extends CocoDetection {
  readonly image_id: ImageId;
}

export interface CocoFileOptions extends CocoOptions {
  /** Detections of images that the ground truth does not list: an error as in pycocotools, or dropped; default `error`. */
  readonly unknownImages?: 'error' | 'drop' | undefined;
}

/**
 * Evaluates the contents of COCO's files as pycocotools does, including its treatment of annotations with equal ids (the
 * last one stands for all of them) and of the annotation 0 (a match with it counts as none). Where pycocotools fails,
 * defaults are taken: no crowd, and the box's area.
 *
 * @throws MetricsError that names the entry
 */
export function evaluateCoco(
  groundTruth: CocoGroundTruth,
  detections: readonly CocoFileDetection[],
  { unknownImages = 'error', ...options }: CocoFileOptions = {},
): CocoSummary {
  const evaluator = new CocoEvaluator(groundTruth.categories, options);
  const ids = new Set(
    checkList(groundTruth.images, 'images').map(({ id }, i) => checkImageId(id, `images[${i}].id`)),
  );
  const images = [...ids].sort(compareImageIds);
  const objects = objectsByImage(groundTruth, images);
  const found = new Map<ImageId, CocoFileDetection[]>(images.map((id) => [id, []]));
  for (const [i, detection] of checkList(detections, 'detections').entries()) {
    const { image_id } = checkDetection(detection, `detections[${i}]`);
    const list = found.get(image_id);
    if (list) list.push(detection);
    else if (unknownImages === 'error') {
      throw new MetricsError(
        `metrics: detections[${i}].image_id is ${JSON.stringify(image_id)}, which the ground truth does not list; unknownImages: 'drop' leaves such detections out`,
      );
    }
  }
  for (const id of images) evaluator.add(id, objects.get(id) ?? [], found.get(id) ?? []);
  return evaluator.summarize();
}

function objectsByImage(
  { annotations = [], categories }: CocoGroundTruth,
  images: readonly ImageId[],
): Map<ImageId, CocoObject[]> {
  const last = new Map<number | string, CocoFileObject>();
  const listed = new Map<ImageId, CocoFileObject[]>(images.map((id) => [id, []]));
  for (const [i, object] of checkList(annotations, 'annotations').entries()) {
    checkObject(object, `annotations[${i}]`);
    if (object.id === undefined) fail(`annotations[${i}].id`, object.id, 'a number');
    last.set(object.id, object);
    listed.get(object.image_id)?.push(object);
  }
  const evaluated = new Set(categories.map(({ id }) => id));
  const result = new Map<ImageId, CocoObject[]>();
  for (const id of images) {
    for (const object of listed.get(id) ?? []) {
      if (!evaluated.has(object.category_id)) continue;
      const { image_id, ...standing } = last.get(object.id) ?? object;
      const own = { ...standing, difficult: false }; // other keys of a file have no effect
      const list = result.get(image_id);
      if (list) list.push(own);
      else result.set(image_id, [own]);
    }
  }
  return result;
}
