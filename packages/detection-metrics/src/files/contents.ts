import { MetricsError } from '../errors.ts';
import { compareIds } from '../matching/id-order.ts';
import type { CategoryId, CocoDetection, ImageId } from '../types.ts';
import {
  checkCategoryId,
  checkDetection,
  checkEntry,
  checkImageId,
  checkList,
  fail,
  inFile,
} from '../validate.ts';

/** Annotation of a COCO or LVIS file. */
export interface FileAnnotation {
  readonly id: number | string;
  readonly image_id: ImageId;
  readonly category_id: CategoryId;
}

/** An entry of a COCO results file. */
export interface CocoFileDetection extends CocoDetection {
  readonly image_id: ImageId;
}

/** Options for the contents of files. */
export interface FileOptions {
  /** Detections of images that the ground truth does not list: an error as in pycocotools, or dropped; default `error`. */
  readonly unknownImages?: 'error' | 'drop' | undefined;
  /** Names of the files, for messages. */
  readonly files?: { readonly groundTruth?: string; readonly detections?: string } | undefined;
}

/** Images by ascending id; of equal ids the first. @throws MetricsError that names the entry */
export function listedImages<I extends { readonly id: ImageId }>(images: readonly I[]): Map<ImageId, I> {
  const byId = new Map<ImageId, I>();
  for (const [i, image] of checkList(images, 'images').entries()) {
    const where = `images[${i}]`;
    const id = checkImageId(checkEntry(image, where).id, `${where}.id`);
    if (typeof id !== typeof images[0].id) fail(`${where}.id`, id, `a ${typeof images[0].id}, as the first`);
    if (!byId.has(id)) byId.set(id, image);
  }
  return new Map([...byId].sort(([a], [b]) => compareIds(a, b)));
}

/**
 * Annotations by image as pycocotools and lvis-api evaluate them: those of listed images and categories, in the order of the
 * file. Where ids are equal, the last entry with that id stands for each of them.
 *
 * @param read  an entry as it is evaluated; called with what it is named in messages
 * @param isEvaluated  false for entries to leave out, by what they say themselves
 * @throws MetricsError that names the entry
 */
export function annotationsByImage<A extends FileAnnotation>(
  annotations: readonly A[],
  images: ReadonlyMap<ImageId, unknown>,
  isEvaluated: (annotation: A, where: string) => boolean,
  check: (annotation: A, where: string) => void,
): Map<ImageId, A[]> {
  const last = new Map<number | string, number>();
  const listed = new Map<ImageId, number[]>([...images.keys()].map((id) => [id, []]));
  for (const [i, annotation] of checkList(annotations, 'annotations').entries()) {
    const where = `annotations[${i}]`;
    const { id, image_id } = checkEntry(annotation, where);
    if (!(Number.isFinite(id) || typeof id === 'string')) fail(`${where}.id`, id, 'a number');
    checkCategoryId(annotation, where);
    last.set(id, i);
    listed.get(checkImageId(image_id, `${where}.image_id`))?.push(i);
  }
  const result = new Map<ImageId, A[]>();
  for (const indices of listed.values()) {
    for (const i of indices) {
      if (!isEvaluated(annotations[i], `annotations[${i}]`)) continue;
      const standing = last.get(annotations[i].id) ?? i;
      check(annotations[standing], `annotations[${standing}]`);
      const { image_id } = annotations[standing];
      const list = result.get(image_id);
      if (list) list.push(annotations[standing]);
      else result.set(image_id, [annotations[standing]]);
    }
  }
  return result;
}

/** Checks the entries of a results file. @throws MetricsError that names the entry */
export function checkDetections(
  detections: readonly CocoFileDetection[],
  images: ReadonlyMap<ImageId, unknown>,
  { unknownImages = 'error', files }: FileOptions,
): void {
  inFile(files?.detections, () => {
    for (const [i, detection] of checkList(detections, 'detections').entries()) {
      const where = `detections[${i}]`;
      const { image_id } = checkDetection(detection, where);
      checkCategoryId(detection, where);
      if (unknownImages === 'drop' || images.has(image_id)) continue;
      const entry = `${where}.image_id`;
      throw new MetricsError(
        `${entry} is ${JSON.stringify(image_id)}, which the ground truth does not list; unknownImages: 'drop' leaves such detections out`,
        { entry },
      );
    }
  });
}

/** Detections by image, in their order. */
export function detectionsByImage(
  detections: readonly CocoFileDetection[],
): Map<ImageId, CocoFileDetection[]> {
  const byImage = new Map<ImageId, CocoFileDetection[]>();
  for (const detection of detections) {
    const list = byImage.get(detection.image_id);
    if (list) list.push(detection);
    else byImage.set(detection.image_id, [detection]);
  }
  return byImage;
}
