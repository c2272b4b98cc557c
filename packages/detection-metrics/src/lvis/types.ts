import type { CategoryId, CocoBox } from '../types.ts';

/** Rare, common or frequent: in fewer than 10, in fewer than 100, or in more training images. */
export type LvisFrequency = 'r' | 'c' | 'f';

/** A category of the evaluation, as in LVIS's files; other keys have no effect. */
export interface LvisCategory {
  readonly id: CategoryId;
  readonly name?: string | undefined;
  /** `r`, `c` or `f`; other texts are refused. */
  readonly frequency: string;
}

/** An image, with the categories that were judged in it beside those that it shows. */
export interface LvisImage {
  /** Categories that the image does not show: detections of them are wrong. */
  readonly neg_category_ids: readonly CategoryId[];
  /** Categories whose objects are not all annotated: detections without an object are neither right nor wrong. */
  readonly not_exhaustive_category_ids: readonly CategoryId[];
}

/** An object of the ground truth, as in `annotations` of LVIS's files; other keys have no effect. */
export interface LvisObject {
  readonly category_id: CategoryId;
  readonly bbox: CocoBox;
  /** Square pixels, for object sizes; objects without area are left out. Default: width x height. */
  readonly area?: number | undefined;
  /** An object that need not be found. */
  readonly ignore?: number | boolean | undefined;
  /** Used only to reproduce that lvis-api counts a match with the annotation 0 as none. */
  readonly id?: number | string | undefined;
}
