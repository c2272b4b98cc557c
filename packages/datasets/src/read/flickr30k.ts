import { DatasetError, type FileAccess } from './files.ts';
import { type MarkedPhrase, type MarkedSentence, parseFlickrSentences } from './flickr30k-sentences.ts';
import { inParallel } from './source.ts';
import { child, childText, parseXml, SyntaxFault, type XmlElement } from './xml.ts';

/** A phrase with the boxes of its entity. */
export interface Flickr30kPhrase extends MarkedPhrase {
  /** `[xmin, ymin, xmax, ymax]` as in the file, in its order; none for scenes and what cannot be seen. */
  readonly boxes: readonly (readonly number[])[];
}

export interface Flickr30kSentence {
  readonly imageId: number;
  /** Place of the sentence in its file, counted from 0. */
  readonly sentenceId: number;
  /** Words joined with single blanks. */
  readonly text: string;
  readonly phrases: readonly Flickr30kPhrase[];
}

export interface Flickr30kImage {
  readonly id: number;
  /** Name of the picture's file. */
  readonly fileName: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly sentences: readonly Flickr30kSentence[];
}

/**
 * Images of a subset of Flickr30k Entities in the order of its list, from the files as published: `test.txt`,
 * `Annotations/NUMBER.xml`, `Sentences/NUMBER.txt`.
 *
 * @param subset  `train`, `val` or `test`
 * @throws DatasetError naming the file that is missing or malformed, and the line
 */
export async function readFlickr30k(files: FileAccess, subset: string): Promise<Flickr30kImage[]> {
  const list = `${subset}.txt`;
  const lines = (await textOf(files, list)).split(/\r\n|\r|\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const ids = lines.map((line, i) => {
    const id = line.trim();
    if (/^\d{1,15}$/.test(id)) return Number(id);
    throw new DatasetError(`dataset: ${list}:${i + 1}: ${JSON.stringify(line)} is not an image's number`);
  });
  return inParallel(ids, (id) => readImage(files, id));
}

async function readImage(files: FileAccess, id: number): Promise<Flickr30kImage> {
  const [annotations, sentences] = [`Annotations/${id}.xml`, `Sentences/${id}.txt`];
  const root = rootOf(await textOf(files, annotations), annotations);
  const boxes = boxesOf(root, annotations);
  const withBoxes = (sentence: MarkedSentence, sentenceId: number): Flickr30kSentence => ({
    imageId: id,
    sentenceId,
    text: sentence.text,
    phrases: sentence.phrases.map((phrase) => ({ ...phrase, boxes: boxes.get(phrase.entity) ?? [] })),
  });
  const size = child(root, 'size');
  return {
    id,
    fileName: childText(root, 'filename') || `${id}.jpg`,
    width: Number(childText(size, 'width') ?? 0),
    height: Number(childText(size, 'height') ?? 0),
    sentences: parseFlickrSentences(await textOf(files, sentences), sentences).map(withBoxes),
  };
}

/** Boxes by entity, in the order of the file. */
function boxesOf(root: XmlElement, file: string): Map<string, number[][]> {
  const boxes = new Map<string, number[][]>();
  for (const object of root.children.filter(({ name }) => name === 'object')) {
    const corners = child(object, 'bndbox');
    if (!corners || corners.children.length === 0) continue;
    const box = ['xmin', 'ymin', 'xmax', 'ymax'].map((side) =>
      Number(childText(corners, side) || Number.NaN),
    );
    if (!box.every(Number.isFinite)) {
      throw new DatasetError(`dataset: ${file}:${corners.line}: a box without xmin, ymin, xmax and ymax`);
    }
    for (const { name, text } of object.children) {
      if (name !== 'name') continue;
      const known = boxes.get(text.trim());
      if (known) known.push(box);
      else boxes.set(text.trim(), [box]);
    }
  }
  return boxes;
}

function rootOf(text: string, file: string): XmlElement {
  try {
    return parseXml(text);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw new DatasetError(`dataset: ${file}:${error.line}: ${error.message}`);
  }
}

async function textOf(files: FileAccess, file: string): Promise<string> {
  try {
    return await files.text(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatasetError(`dataset: ${file} cannot be read: ${reason}`);
  }
}
