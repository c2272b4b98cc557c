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
  /** Labels with scores on a background of the label's color; text begins `fontSize * 0.3` right of `x`, its baseline `fontSize * 1.05` below `y`. */
  readonly tags: readonly (Rectangle & { readonly color: string; readonly text: string })[];
}

/** Lays out boxes and tags; a tag stays inside the image and does not overlap tags of better boxes. */
export function drawingOf(
  image: ImageWithBoxes,
  { scale = 1, labels, textWidth = estimatedWidth }: DrawingOptions = {},
): Drawing {
  const { detections } = image;
  const size = { width: image.width * scale, height: image.height * scale };
  const fontSize = Math.max(14, Math.round(Math.max(size.width, size.height) / 45));
  const colorOf = colorsOf(labels ?? detections.map(({ label }) => label));
  const corners = (box: LabeledBox['box']): number[] => box.map((value) => rounded(value * scale));

  const boxes = [...detections].reverse().map(({ label, box }) => {
    const [x1, y1, x2, y2] = corners(box);
    return { x: x1, y: y1, width: rounded(x2 - x1), height: rounded(y2 - y1), color: colorOf(label) };
  });
  const tags: Drawing['tags'][number][] = [];
  for (const { label, score, box } of detections) {
    const name = shortened(label);
    const text = score === undefined ? name : `${name} ${score.toFixed(2)}`;
    const width = Math.ceil(textWidth(text, fontSize) + fontSize * 0.6);
    const height = rounded(fontSize * 1.4);
    const [x, y] = corners(box);
    const place = freePlace({ x, y: y - height, width, height }, tags, size);
    tags.push({ ...place, color: colorOf(label), text });
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

/** Keeps a tag inside the image, moved down until it overlaps no other. */
function freePlace(
  wanted: Rectangle,
  taken: readonly Rectangle[],
  size: { readonly width: number; readonly height: number },
): Rectangle {
  const x = Math.max(0, Math.min(wanted.x, size.width - wanted.width));
  let y = Math.max(0, Math.min(wanted.y, size.height - wanted.height));
  const collides = (): Rectangle | undefined =>
    taken.find(
      (other) =>
        x < other.x + other.width &&
        other.x < x + wanted.width &&
        y < other.y + other.height &&
        other.y < y + wanted.height,
    );
  for (
    let other = collides();
    other && other.y + other.height + wanted.height <= size.height;
    other = collides()
  ) {
    y = other.y + other.height;
  }
  return { ...wanted, x: rounded(x), y: rounded(y) };
}

function shortened(label: string): string {
  return label.length > 40 ? `${label.slice(0, 39)}…` : label;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
