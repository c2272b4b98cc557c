import type { Edges, Span } from '../types.ts';
import { pixels } from './labeled-image.ts';

/** A box of words of a caption. */
export interface GroundedBox {
  readonly box: Edges;
  /** In the caption, UTF-16. */
  readonly span: Span;
  /** 0 to 1, of boxes that a detector found. */
  readonly score?: number;
}

/** An image with a caption and the boxes of its words. */
export interface GroundedImage {
  /** Path of the picture inside of the dataset, with forward slashes. */
  readonly file: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly caption: string;
  /** May be empty. */
  readonly boxes: readonly GroundedBox[];
}

/** Images from their beginning; they are read several times. */
export type GroundedImages = () => AsyncIterable<GroundedImage> | Iterable<GroundedImage>;

const CHUNK = 1 << 16;

/**
 * Grounding data as GLIP and MDETR read it, in pieces: an image for each caption, an annotation for each box with its
 * `tokens_positive`, which count code points, and its `score`. Nothing is kept in memory.
 */
export function groundingJson(images: GroundedImages): AsyncGenerator<Uint8Array, void> {
  return encoded(groundingText(images));
}

async function* groundingText(images: GroundedImages): AsyncGenerator<string, void> {
  yield HEAD;
  const image = new Entries();
  for await (const { file, width, height, caption } of images()) {
    const tokens_negative = [[0, codePoints(caption)]];
    yield image.next((id) => ({ id, file_name: file, width, height, caption, tokens_negative }));
  }
  yield '\n],\n"annotations": [';
  const annotation = new Entries();
  let image_id = 0;
  for await (const { caption, boxes } of images()) {
    image_id += 1;
    for (const { box, span, score } of boxes) {
      const tokens_positive = [span.map((at) => codePoints(caption.slice(0, at)))];
      const extras = { ...(score !== undefined && { score }), tokens_positive };
      yield annotation.next((id) => ({ id, image_id, category_id: 1, ...placeOf(box), ...extras }));
    }
  }
  yield '\n],\n"categories": [\n{"id":1,"name":"object","supercategory":""}\n]}\n';
}

/**
 * The same boxes in the format of COCO's object detection, in pieces: the categories are the phrases in lower case, numbered
 * as they appear. Captions of one picture that follow each other are one image. Only the phrases are kept in memory.
 */
export function phraseCocoJson(images: GroundedImages): AsyncGenerator<Uint8Array, void> {
  return encoded(phraseCocoText(images));
}

async function* phraseCocoText(images: GroundedImages): AsyncGenerator<string, void> {
  yield HEAD;
  const image = new Entries();
  let last: string | undefined;
  for await (const { file, width, height } of images()) {
    if (file !== last) yield image.next((id) => ({ id, file_name: file, width, height }));
    last = file;
  }
  yield '\n],\n"annotations": [';
  const annotation = new Entries();
  const numbers = new Map<string, number>();
  last = undefined;
  let image_id = 0;
  for await (const { file, caption, boxes } of images()) {
    if (file !== last) image_id += 1;
    last = file;
    for (const { box, span, score } of boxes) {
      const name = categoryOf(caption.slice(...span));
      const category_id = numbers.get(name) ?? numbers.size + 1;
      numbers.set(name, category_id);
      const extras = { segmentation: [], ...(score !== undefined && { score }) };
      yield annotation.next((id) => ({ id, image_id, category_id, ...placeOf(box), ...extras }));
    }
  }
  yield '\n],\n"categories": [';
  const category = new Entries();
  for (const name of numbers.keys()) yield category.next((id) => ({ id, name, supercategory: '' }));
  yield '\n]}\n';
}

const HEAD = '{"info": {"description": "Labeled by GLIP on WebGPU"},\n"licenses": [],\n"images": [';

/** Entries of a list in JSON, one a line, numbered from 1. */
class Entries {
  #count = 0;

  next(entry: (id: number) => object): string {
    this.#count += 1;
    return `${this.#count > 1 ? ',' : ''}\n${JSON.stringify(entry(this.#count))}`;
  }
}

function placeOf(edges: Edges): object {
  const [x1, y1, x2, y2] = edges.map(pixels);
  const [width, height] = [pixels(x2 - x1), pixels(y2 - y1)];
  return { bbox: [x1, y1, width, height], area: pixels(width * height), iscrowd: 0 };
}

function categoryOf(phrase: string): string {
  return phrase.toLowerCase().trim().replace(/\s+/g, ' ');
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

async function* encoded(texts: AsyncGenerator<string, void>): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  let pending = '';
  for await (const text of texts) {
    pending += text;
    if (pending.length < CHUNK) continue;
    yield encoder.encode(pending);
    pending = '';
  }
  if (pending !== '') yield encoder.encode(pending);
}
