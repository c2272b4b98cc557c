import type { CategoryId, CocoBox } from '../types.ts';

/** A category of the evaluation. */
export interface CocoCategory {
  /** Whole number or name; gaps and any order are allowed. */
  readonly id: CategoryId;
  readonly name?: string | undefined;
}

/** An object of the ground truth, as in `annotations` of COCO's files; other keys have no effect. */
export interface CocoObject {
  readonly category_id: CategoryId;
  readonly bbox: CocoBox;
  /** Square pixels, for object sizes; in COCO the area of the mask. Default: width x height. */
  readonly area?: number | undefined;
  /** A region of many objects: detections inside of it are neither right nor wrong. */
  readonly iscrowd?: number | boolean | undefined;
  /** An object that need not be found: a detection that matches it is neither right nor wrong. */
  readonly difficult?: boolean | undefined;
  /** Used only to reproduce that pycocotools counts a match with the annotation 0 as none. */
  readonly id?: number | string | undefined;
}
