import { readFileSync } from 'node:fs';
import type { Figures } from '../piece.ts';

interface Grounding {
  readonly images: readonly { readonly id: number; readonly file_name: string; readonly caption: string }[];
  readonly annotations: readonly {
    readonly image_id: number;
    readonly bbox: readonly number[];
    readonly tokens_positive: readonly (readonly [number, number])[];
  }[];
}

interface TrueBox {
  readonly phrase: string;
  /** It has a word that the teacher's data lack. */
  readonly isNew: boolean;
  readonly box: readonly number[];
}

const MIN_OVERLAP = 0.5;

/**
 * Precision of pseudo labels, and recall of the true boxes, with phrases of words that the teacher knows and of others: a box is
 * right where it overlaps one of its phrase by half.
 *
 * @param truth  file of the true boxes by picture
 */
export function pseudoLabelQuality({ images, annotations }: Grounding, truth: string): Figures {
  const boxes: Readonly<Record<string, readonly TrueBox[]>> = JSON.parse(readFileSync(truth, 'utf8'));
  const count = { known: [0, 0, 0, 0], new: [0, 0, 0, 0] }; // labels, right ones, true boxes, found ones
  for (const { id, file_name, caption } of images) {
    const own = boxes[file_name.replace(/^images\//, '')] ?? [];
    const found = new Set<TrueBox>();
    for (const { bbox, tokens_positive } of annotations.filter(({ image_id }) => image_id === id)) {
      const phrase = caption.slice(...tokens_positive[0]);
      const same = own.filter((one) => one.phrase === phrase);
      const kind = same.some(({ isNew }) => isNew) ? count.new : count.known;
      const hits = same.filter(({ box }) => overlap(box, bbox) >= MIN_OVERLAP);
      for (const hit of hits) found.add(hit);
      kind[0] += 1;
      kind[1] += hits.length > 0 ? 1 : 0;
    }
    for (const one of own) {
      const kind = one.isNew ? count.new : count.known;
      kind[2] += 1;
      kind[3] += found.has(one) ? 1 : 0;
    }
  }
  const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
  return Object.fromEntries(
    Object.entries(count).flatMap(([kind, [labels, right, all, found]]) => [
      [`precision, ${kind} words`, share(right, labels)],
      [`recall, ${kind} words`, share(found, all)],
    ]),
  );
}

/** Intersection over union of two boxes `[x, y, width, height]`. */
function overlap([x1, y1, w1, h1]: readonly number[], [x2, y2, w2, h2]: readonly number[]): number {
  const width = Math.max(0, Math.min(x1 + w1, x2 + w2) - Math.max(x1, x2));
  const height = Math.max(0, Math.min(y1 + h1, y2 + h2) - Math.max(y1, y2));
  return (width * height) / (w1 * h1 + w2 * h2 - width * height);
}
