import { bestFirst } from '../matching/match.ts';
import { checkList, fail, isFourNumbers } from '../validate.ts';

/** A detection for a phrase of a sentence. */
export interface PhraseBox {
  /** `[x1, y1, x2, y2]` in pixels of the original image. */
  readonly box: readonly number[];
  readonly score: number;
  /** The phrase, counted from 0 among those with boxes. */
  readonly phrase: number;
}

/**
 * The boxes of a prediction as GLIP makes them: by phrase, best first, and a box without area at the end of each list, which
 * takes a rank.
 *
 * @param phrases  phrases of the sentence that have boxes
 * @throws MetricsError that names the detection
 */
export function rankedBoxes(detections: readonly PhraseBox[], phrases: number): number[][][] {
  const lists: number[][][] = Array.from({ length: phrases }, () => []);
  for (const [i, { box, score, phrase }] of checkList(detections, 'detections').entries()) {
    const where = `detections[${i}]`;
    if (!isFourNumbers(box)) fail(`${where}.box`, box, '[x1, y1, x2, y2] of finite numbers');
    if (!Number.isFinite(score)) fail(`${where}.score`, score, 'a finite number');
    if (!(Number.isSafeInteger(phrase) && phrase >= 0 && phrase < phrases)) {
      fail(`${where}.phrase`, phrase, `a phrase from 0 to ${phrases - 1}`);
    }
  }
  for (const { box, phrase } of bestFirst(detections, Number.POSITIVE_INFINITY)) lists[phrase].push([...box]);
  for (const list of lists) list.push([0, 0, 0, 0]);
  return lists;
}
