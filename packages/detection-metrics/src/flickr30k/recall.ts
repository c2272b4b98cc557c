import { MetricsError } from '../errors.ts';
import type { FileOptions } from '../files/contents.ts';
import { checkEntry, checkList, fail, inFile, isFourNumbers } from '../validate.ts';
import { largestOverlap } from './overlap.ts';
import type { Flickr30kPhrase, Flickr30kPrediction, Flickr30kRecall, Flickr30kSentence } from './types.ts';

export interface Flickr30kOptions {
  /**
   * `any-box`, the default: any box of a phrase may be found; all figures of GLIP and MDETR are so. `merged-box`: one box around
   * all of them.
   */
  readonly protocol?: 'any-box' | 'merged-box' | undefined;
  /** Numbers of boxes for which recall is given, besides that of all; default `[1, 5, 10]`. */
  readonly ranks?: readonly number[] | undefined;
  /** Least overlap; default 0.5. */
  readonly iou?: number | undefined;
  /** Name of the file with predictions, for messages. */
  readonly files?: Pick<NonNullable<FileOptions['files']>, 'detections'> | undefined;
}

/**
 * Recall of Flickr30k Entities as MDETR and GLIP compute it: a phrase is found if one of its first k boxes overlaps a true box by
 * half. Predictions for other sentences are left out; of several for a sentence the first counts.
 *
 * @throws MetricsError that names the prediction, or the sentence without one
 */
export function evaluateFlickr30k(
  sentences: readonly Flickr30kSentence[],
  predictions: readonly Flickr30kPrediction[],
  { protocol = 'any-box', ranks = [1, 5, 10], iou = 0.5, files }: Flickr30kOptions = {},
): Flickr30kRecall {
  if (!(protocol === 'any-box' || protocol === 'merged-box'))
    fail('protocol', protocol, '"any-box" or "merged-box"');
  if (!(iou > 0 && iou <= 1)) fail('iou', iou, 'a number above 0 and at most 1');
  for (const [i, rank] of checkList(ranks, 'ranks').entries()) {
    if (!(Number.isSafeInteger(rank) && rank > 0)) fail(`ranks[${i}]`, rank, 'a positive whole number');
  }
  const waiting = new Map<string, readonly Flickr30kPhrase[]>();
  for (const [i, sentence] of checkList(sentences, 'sentences').entries()) {
    const phrases = evaluablePhrases(sentence, `sentences[${i}]`, protocol);
    if (phrases.length > 0) waiting.set(keyOf(sentence.imageId, sentence.sentenceId), phrases);
  }
  const tally = new Tally();
  const sentencesEvaluated = waiting.size;
  inFile(files?.detections, () => {
    for (const [i, prediction] of checkList(predictions, 'predictions').entries()) {
      const where = `predictions[${i}]`;
      const { image_id, sentence_id, boxes } = checkEntry(prediction, where);
      const key = keyOf(checkId(image_id, `${where}.image_id`), checkId(sentence_id, `${where}.sentence_id`));
      const phrases = waiting.get(key);
      if (phrases === undefined) continue;
      waiting.delete(key);
      if (checkList(boxes, `${where}.boxes`).length !== phrases.length) {
        throw new MetricsError(
          `${where}.boxes has ${boxes.length} lists, expected ${phrases.length}: one for each phrase with boxes of sentence ${sentence_id} of image ${image_id}`,
          { entry: `${where}.boxes` },
        );
      }
      for (const [p, { types, boxes: targets }] of phrases.entries()) {
        const found = checkFound(boxes[p], `${where}.boxes[${p}]`);
        for (const rank of [...ranks, 'all'] as const) {
          const first = rank === 'all' ? found : found.slice(0, rank);
          tally.add(String(rank), types, largestOverlap(first, targets) >= iou);
        }
      }
    }
    const [missing] = waiting.keys();
    if (missing === undefined) return;
    const [image, sentence] = JSON.parse(missing);
    throw new MetricsError(
      `predictions are missing for ${waiting.size} sentences; the first is sentence ${sentence} of image ${image}`,
    );
  });
  return { sentences: sentencesEvaluated, recall: tally.report() };
}

/** Phrases with boxes; of merged boxes one around them. @throws MetricsError that names the phrase */
function evaluablePhrases(
  sentence: Flickr30kSentence,
  where: string,
  protocol: 'any-box' | 'merged-box',
): Flickr30kPhrase[] {
  const { imageId, sentenceId, phrases } = checkEntry(sentence, where);
  checkId(imageId, `${where}.imageId`);
  checkId(sentenceId, `${where}.sentenceId`);
  const evaluable: Flickr30kPhrase[] = [];
  for (const [p, phrase] of checkList(phrases, `${where}.phrases`).entries()) {
    const at = `${where}.phrases[${p}]`;
    const { types, boxes } = checkEntry(phrase, at);
    checkList(types, `${at}.types`);
    for (const [b, box] of checkList(boxes, `${at}.boxes`).entries()) checkCorners(box, `${at}.boxes[${b}]`);
    if (boxes.length === 0) continue;
    const merged = protocol === 'merged-box' && boxes.length > 1;
    evaluable.push({ types, boxes: merged ? [enclosing(boxes)] : boxes });
  }
  return evaluable;
}

function checkFound(boxes: readonly (readonly number[])[], where: string): readonly (readonly number[])[] {
  if (checkList(boxes, where).length === 0) fail(where, boxes, 'at least one box, such as [0, 0, 0, 0]');
  for (const [b, box] of boxes.entries()) checkCorners(box, `${where}[${b}]`);
  return boxes;
}

function checkCorners(box: readonly number[], where: string): void {
  if (!isFourNumbers(box)) fail(where, box, '[x1, y1, x2, y2] of finite numbers');
}

function checkId(id: number | string, where: string): number | string {
  return typeof id === 'string' || Number.isFinite(id) ? id : fail(where, id, 'a number or a string');
}

/** The programs compare ids as texts: the image 7 is the image "7". */
function keyOf(image: number | string, sentence: number | string): string {
  return JSON.stringify([String(image), String(sentence)]);
}

function enclosing(boxes: readonly (readonly number[])[]): number[] {
  const edge = (side: number): number[] => boxes.map((box) => box[side]);
  return [Math.min(...edge(0)), Math.min(...edge(1)), Math.max(...edge(2)), Math.max(...edge(3))];
}

/** Hits and phrases by rank and type. */
class Tally {
  readonly #counts = new Map<string, Map<string, { hits: number; total: number }>>();

  add(rank: string, types: readonly string[], hit: boolean): void {
    const byType = this.#counts.get(rank) ?? new Map<string, { hits: number; total: number }>();
    this.#counts.set(rank, byType);
    for (const type of ['all', ...types]) {
      const count = byType.get(type) ?? { hits: 0, total: 0 };
      byType.set(type, count);
      count.total += 1;
      if (hit) count.hits += 1;
    }
  }

  report(): Flickr30kRecall['recall'] {
    const ofRank = (byType: Map<string, { hits: number; total: number }>) =>
      Object.fromEntries(
        [...byType].map(([type, { hits, total }]) => [type, { recall: hits / total, hits, total }]),
      );
    return Object.fromEntries([...this.#counts].map(([rank, byType]) => [rank, ofRank(byType)]));
  }
}
