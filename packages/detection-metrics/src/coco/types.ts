/** `[x, y, width, height]` in pixels, as COCO's files have boxes; other lists are refused when they are added. */
export type CocoBox = readonly number[];

/** Number or name of an image; results do not depend on the order in which images are added. */
export type ImageId = number | string;

/** A category of the evaluation. */
export interface CocoCategory {
  /** Whole number; gaps and any order are allowed. */
  readonly id: number;
  readonly name?: string | undefined;
}

/** An object of the ground truth, as in `annotations` of COCO's files; other keys have no effect. */
export interface CocoObject {
  readonly category_id: number;
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

/** A detection, as in COCO's results files; other keys have no effect. */
export interface CocoDetection {
  readonly category_id: number;
  readonly bbox: CocoBox;
  /** Any finite number; higher is better. */
  readonly score: number;
}
