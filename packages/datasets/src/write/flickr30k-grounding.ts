import type { Flickr30kImage, Flickr30kPhrase, Flickr30kSentence } from '../read/flickr30k.ts';
import type { Span } from '../types.ts';

/** Boxes that overlap this much are one object. */
const SAME_BOX = 0.95;

/** Grounding data in MDETR's layout of COCO: an image for each sentence; spans count code points. */
export interface FlickrGrounding {
  readonly info: readonly never[];
  readonly licenses: readonly never[];
  readonly images: readonly {
    readonly file_name: string;
    readonly height: string;
    readonly width: string;
    readonly id: number;
    readonly caption: string;
    readonly dataset_name: 'flickr';
    readonly tokens_negative: readonly Span[];
    readonly sentence_id: number;
    readonly original_img_id: number;
    /** For each phrase with boxes a list of its one span. */
    readonly tokens_positive_eval: readonly (readonly Span[])[];
  }[];
  readonly annotations: readonly {
    readonly area: number;
    readonly iscrowd: 0;
    readonly image_id: number;
    readonly category_id: 1;
    readonly id: number;
    /** `[x, y, width, height]` */
    readonly bbox: readonly number[];
    readonly tokens_positive: readonly Span[];
  }[];
  readonly categories: readonly { readonly supercategory: string; readonly id: 1; readonly name: string }[];
}

export interface FlickrGroundingOptions {
  /** One box around all boxes of an entity. */
  readonly mergeBoxes?: boolean | undefined;
}

/**
 * Flickr30k Entities as MDETR's `flickr_combined.py` converts it, the data of `final_flickr_separateGT_*.json` and
 * `mergedGT`. Boxes of a sentence with an IoU of at least 0.95 become one annotation, with the spans of all its phrases.
 */
export function toFlickrGrounding(
  images: readonly Flickr30kImage[],
  { mergeBoxes = false }: FlickrGroundingOptions = {},
): FlickrGrounding {
  const entries: FlickrGrounding['images'][number][] = [];
  const annotations: FlickrGrounding['annotations'][number][] = [];
  for (const { id, fileName, width, height, sentences } of images) {
    for (const sentence of sentences) {
      const image_id = entries.length;
      const phrases = sentence.phrases.map((phrase) => evaluable(phrase, sentence, mergeBoxes));
      entries.push({
        file_name: fileName,
        height: String(height),
        width: String(width),
        id: image_id,
        caption: sentence.text,
        dataset_name: 'flickr',
        tokens_negative: [[0, codePoints(sentence.text)]],
        sentence_id: sentence.sentenceId,
        original_img_id: id,
        tokens_positive_eval: phrases.filter(({ boxes }) => boxes.length > 0).map(({ span }) => [span]),
      });
      for (const { bbox, spans } of objectsOf(phrases)) {
        const [, , w, h] = bbox;
        annotations.push({
          area: h * w,
          iscrowd: 0,
          image_id,
          category_id: 1,
          id: annotations.length,
          bbox,
          tokens_positive: spans,
        });
      }
    }
  }
  const categories = [{ supercategory: 'object', id: 1, name: 'object' }] as const;
  return { info: [], licenses: [], images: entries, annotations, categories };
}

interface EvaluablePhrase {
  readonly entity: string;
  /** Code points. */
  readonly span: Span;
  /** `[x, y, width, height]` */
  readonly boxes: readonly (readonly number[])[];
}

function evaluable(
  { entity, span, boxes }: Flickr30kPhrase,
  { text }: Flickr30kSentence,
  mergeBoxes: boolean,
): EvaluablePhrase {
  const corners = mergeBoxes && boxes.length > 1 ? [enclosing(boxes)] : boxes;
  return {
    entity,
    span: [codePoints(text.slice(0, span[0])), codePoints(text.slice(0, span[1]))],
    boxes: corners.map(([x1, y1, x2, y2]) => [x1, y1, x2 - x1, y2 - y1]),
  };
}

function enclosing(boxes: readonly (readonly number[])[]): number[] {
  const edge = (side: number): number[] => boxes.map((box) => box[side]);
  return [Math.min(...edge(0)), Math.min(...edge(1)), Math.max(...edge(2)), Math.max(...edge(3))];
}

/** Boxes of a sentence, those of the same place joined, in order of first appearance; the last box of each place stays. */
function objectsOf(
  phrases: readonly EvaluablePhrase[],
): { readonly bbox: readonly number[]; readonly spans: readonly Span[] }[] {
  const boxes = phrases.flatMap(({ entity, boxes }) => boxes.map((box) => ({ entity, box })));
  const groups: number[][] = [];
  for (const i of boxes.keys()) {
    const same = groups.filter((group) => group.some((j) => overlap(boxes[i].box, boxes[j].box) >= SAME_BOX));
    const joined = [...same.flat(), i].sort((a, b) => a - b);
    if (same.length > 0) groups[groups.indexOf(same[0])] = joined;
    else groups.push(joined);
    for (const group of same.slice(1)) groups.splice(groups.indexOf(group), 1);
  }
  return groups.map((group) => {
    const entities = new Set(group.map((i) => boxes[i].entity));
    const ascending = [...entities].sort((a, b) => Number(a) - Number(b));
    const spans = ascending.flatMap((entity) =>
      phrases.filter((phrase) => phrase.entity === entity).map(({ span }) => span),
    );
    return { bbox: boxes[group[group.length - 1]].box, spans };
  });
}

/** Intersection over union of two boxes `[x, y, width, height]`. */
function overlap([x1, y1, w1, h1]: readonly number[], [x2, y2, w2, h2]: readonly number[]): number {
  const [right1, bottom1, right2, bottom2] = [x1 + w1, y1 + h1, x2 + w2, y2 + h2];
  const width = Math.max(Math.min(right1, right2) - Math.max(x1, x2), 0);
  const height = Math.max(Math.min(bottom1, bottom2) - Math.max(y1, y2), 0);
  const shared = width * height;
  const [area1, area2] = [(right1 - x1) * (bottom1 - y1), (right2 - x2) * (bottom2 - y2)];
  return shared / (area1 + area2 - shared);
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
