/** A box with its label, found in an image or drawn by hand. */
export interface LabeledBox {
  readonly label: string;
  /** `[x1, y1, x2, y2]`, pixels of the image; the last column and row are part of the box. */
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
  /** 0 to 1. */
  readonly score: number;
}
