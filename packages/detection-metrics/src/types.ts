/** `[x, y, width, height]` in pixels, as COCO's files have boxes; other lists are refused when they are added. */
export type CocoBox = readonly number[];

/** Number or name of an image; results do not depend on the order in which images are added. */
export type ImageId = number | string;

/** Number or name of a category; all categories of an evaluation have ids of one kind. */
export type CategoryId = number | string;

/** A detection, as in COCO's results files; other keys have no effect. */
export interface CocoDetection {
  readonly category_id: CategoryId;
  readonly bbox: CocoBox;
  /** Any finite number; higher is better. */
  readonly score: number;
}
