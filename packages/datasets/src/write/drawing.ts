import type { LabeledBox } from '../types.ts';
import { colorsOf } from './palette.ts';

/** An image with boxes to draw. */
export interface ImageWithBoxes {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Best first. The score of an annotation is left out; its tag then is the label alone. */
  readonly detections: readonly (Omit<LabeledBox, 'score'> & { readonly score?: number | undefined })[];
}

export interface DrawingOptions {
  /** Pixels of the drawing per pixel of the image; default 1. */
  readonly scale?: number | undefined;
  /** All labels of the run in a fixed order, so that a label keeps its color in every drawing; default: the found labels. */
  readonly labels?: readonly string[] | undefined;
  /** Of tags, in pixels of the drawing; by default a 45th of the longer side, at least 14. */
  readonly fontSize?: number | undefined;
  /** Width of a tag's text in pixels; by default estimated from its length. */
  readonly textWidth?: ((text: string, fontSize: number) => number) | undefined;
}

/** A rectangle, pixels of the drawing. */
interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Everything drawn over an image, in painting order: boxes, then tags. Pixels of the drawing. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
  readonly lineWidth: number;
  /** Worst score first, so that the best box lies on top. */
  readonly boxes: readonly (Rectangle & { readonly color: string })[];
  /**
   * Labels with scores on a background of the label's color, best first; boxes for whose tag there is no place near them
   * have none. Text begins `fontSize * 0.3` right of `x`, its baseline
   * `fontSize * 1.05` below `y`.
   */
  readonly tags: readonly (Rectangle & {
    readonly color: string;
    readonly text: string;
    /** Index of the detection. */
    readonly index: number;
  })[];
}

const TAGS_IN_ANY_CASE = 8;
const MAX_TAG_SHARE = 0.15; // of the picture's area, beyond those

/**
 * Lays out boxes and tags. A tag stays inside the image, near its box, and does not overlap tags of better boxes; where
 * there are many boxes, only the best have tags, so that the picture remains visible.
 */
export function drawingOf(
  image: ImageWithBoxes,
  { scale = 1, labels, fontSize: given, textWidth = estimatedWidth }: DrawingOptions = {},
): Drawing {
  const { detections } = image;
  const size = { width: image.width * scale, height: image.height * scale };
  const fontSize = given ?? Math.max(14, Math.round(Math.max(size.width, size.height) / 45));
  const colorOf = colorsOf(labels ?? detections.map(({ label }) => label));
  const corners = (box: LabeledBox['box']): number[] => box.map((value) => rounded(value * scale));

  const boxes = [...detections].reverse().map(({ label, box }) => {
    const [x1, y1, x2, y2] = corners(box);
    return { x: x1, y: y1, width: rounded(x2 - x1), height: rounded(y2 - y1), color: colorOf(label) };
  });
  const tags: Drawing['tags'][number][] = [];
  let covered = 0;
  for (const [index, { label, score, box }] of detections.entries()) {
    const name = shortened(label);
    const text = score === undefined ? name : `${name} ${score.toFixed(2)}`;
    const width = Math.ceil(textWidth(text, fontSize) + fontSize * 0.6);
    const height = rounded(fontSize * 1.4);
    covered += width * height;
    if (tags.length >= TAGS_IN_ANY_CASE && covered > MAX_TAG_SHARE * size.width * size.height) break;
    const [x1, y1, , y2] = corners(box);
    const place = freePlace({ x: x1, width, height }, [y1 - height, y1, y2, y2 - height], tags, size);
    if (place) tags.push({ ...place, color: colorOf(label), text, index });
  }
  return { ...size, fontSize, lineWidth: Math.max(2, fontSize / 7), boxes, tags };
}

/** Widths of bold letters in DejaVu Sans and Verdana, in parts of the font size; others are about as wide as digits. */
const WIDTHS = [
  { letters: /[ijlI|.,:;'!() ]/, width: 0.4 },
  { letters: /[frts\-"/]/, width: 0.52 },
  { letters: /[mwMW@%]/, width: 1.05 },
  { letters: /[A-Z&+<>=]/, width: 0.8 },
  { letters: /[\u1100-\uffdc]|\p{Extended_Pictographic}/u, width: 1.1 },
];
const USUAL_WIDTH = 0.71;

function estimatedWidth(text: string, fontSize: number): number {
  const widths = [...text].map(
    (letter) => WIDTHS.find(({ letters }) => letters.test(letter))?.width ?? USUAL_WIDTH,
  );
  return fontSize * widths.reduce((sum, width) => sum + width, 0);
}

const MAX_SHIFT = 4; // heights of a tag

/** The first of the wanted heights at which a tag overlaps no other, moved into the image; else the next free one below. */
function freePlace(
  tag: Omit<Rectangle, 'y'>,
  wanted: readonly number[],
  taken: readonly Rectangle[],
  size: { readonly width: number; readonly height: number },
): Rectangle | undefined {
  const x = Math.max(0, Math.min(tag.x, size.width - tag.width));
  const inside = (y: number): number => Math.max(0, Math.min(y, size.height - tag.height));
  const collides = (y: number): Rectangle | undefined =>
    taken.find(
      (other) =>
        x < other.x + other.width &&
        other.x < x + tag.width &&
        y < other.y + other.height &&
        other.y < y + tag.height,
    );
  const free = wanted.map(inside).find((y) => !collides(y));
  if (free !== undefined) return { ...tag, x: rounded(x), y: rounded(free) };
  const first = inside(wanted[0]);
  let y = first;
  for (let other = collides(y); other; other = collides(y)) y = other.y + other.height;
  const fits = y + tag.height <= size.height && y - first <= MAX_SHIFT * tag.height;
  return fits ? { ...tag, x: rounded(x), y: rounded(y) } : undefined;
}

function shortened(label: string): string {
  return label.length > 40 ? `${label.slice(0, 39)}…` : label;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
