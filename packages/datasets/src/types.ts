/** A box with its label, found in an image or drawn by hand. */
export interface LabeledBox {
  readonly label: string;
  /** `[x1, y1, x2, y2]`, pixels of the image; the last column and row are part of the box. */
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
  /** 0 to 1. */
  readonly score: number;
}

/**
 * Outer edges of a box in pixels, within the image: the first column begins at 0 and ends at 1, so that the box's width is
 * `x2 - x1`, and a box of the whole image is `[0, 0, width, height]`. A `LabeledBox` of the same pixels has `x2 - 1` and
 * `y2 - 1`.
 */
export type Edges = readonly [x1: number, y1: number, x2: number, y2: number];

/** `[begin, end)` in a caption, in UTF-16 units, as `caption.slice(begin, end)` takes them. */
export type Span = readonly [begin: number, end: number];

/** Location in a dataset. */
export interface Place {
  /** Path in the dataset. */
  readonly file: string;
  /** Counted from 1; of text formats. */
  readonly line?: number;
  /** Of JSON: `annotations[17]`, counted from 0. */
  readonly entry?: string;
}

/** An object in an image. */
export interface Annotation {
  /** Name of the category. */
  readonly category: string;
  readonly box: Edges;
  /** Square pixels of the object itself, COCO's `area`; undefined where only its box is known. */
  readonly area?: number;
  /** Words of the image's caption that name the object; empty without a caption. */
  readonly spans: readonly Span[];
  /** COCO's `iscrowd`: the box holds many objects; training leaves it out. */
  readonly crowd: boolean;
  /** Pascal VOC's `difficult`: neither right nor wrong when a detector finds it. */
  readonly difficult: boolean;
  /** Of boxes that a detector found, 0 to 1. */
  readonly score?: number;
  /** Further texts of a COCO annotation, by key, such as `color`. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly place: Place;
}

/** An image with its annotations. Images of grounding data occur once for each caption. */
export interface AnnotatedImage {
  /** Path of the picture in the dataset. */
  readonly path: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly caption?: string;
  readonly annotations: readonly Annotation[];
  readonly place: Place;
}

export type FaultKind =
  | 'bad-file'
  | 'bad-entry'
  | 'bad-span'
  | 'empty-box'
  | 'box-outside'
  | 'unknown-category'
  | 'unknown-image'
  | 'duplicate-id'
  | 'duplicate-image'
  | 'missing-picture'
  | 'unreadable-picture'
  | 'wrong-size'
  | 'caption-without-words';

/** A fault of a dataset, and what the reader did about it. */
export interface Fault extends Place {
  readonly kind: FaultKind;
  readonly message: string;
  readonly effect: 'left out' | 'clipped' | 'kept';
}

/** A category and its number in the dataset. */
export interface Category {
  readonly id: number;
  readonly name: string;
}
