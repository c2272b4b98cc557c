import { describe, expect, it } from 'vitest';
import { evaluateCoco } from '../coco/files.ts';
import { MetricsError } from '../errors.ts';
import { evaluateFlickr30k } from '../flickr30k/recall.ts';
import { evaluateLvis } from '../lvis/files.ts';
import { parseJson } from './parse-json.ts';

const JUNK: readonly unknown[] = [undefined, null, true, Number.NaN, -1, 'x', [], {}, [null], [[]]];

/** Every copy of a value in which one part, however deep, is junk. */
function* damaged(value: unknown): Generator<unknown> {
  yield* JUNK;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    for (const other of damaged(part)) {
      if (Array.isArray(value)) yield value.map((one, i) => (String(i) === key ? other : one));
      else yield { ...value, [key]: other };
    }
  }
}

const files = { groundTruth: 'truth.json', detections: 'found.json' };
const detections = [{ image_id: 1, category_id: 1, bbox: [1, 2, 30, 40], score: 0.5 }];
const truth = {
  images: [
    { id: 1, neg_category_ids: [1], not_exhaustive_category_ids: [] },
    { id: 2, neg_category_ids: [], not_exhaustive_category_ids: [1] },
  ],
  categories: [{ id: 1, name: 'dog', frequency: 'r' }],
  annotations: [
    { id: 1, image_id: 1, category_id: 1, bbox: [1, 2, 30, 40], area: 900, iscrowd: 0 },
    { id: 2, image_id: 2, category_id: 1, bbox: [1, 2, 30, 40], area: 900, ignore: 1 },
  ],
};
const sentences = [{ imageId: 7, sentenceId: 0, phrases: [{ types: ['people'], boxes: [[1, 2, 30, 40]] }] }];
const predictions = [{ image_id: 7, sentence_id: 0, boxes: [[[1, 2, 30, 40]]] }];

/** Damaged inputs that are accepted; each of the others must be a MetricsError of the file. */
function accepted(whole: unknown, file: string | undefined, run: (input: never) => unknown): number {
  let count = 0;
  for (const input of damaged(whole)) {
    try {
      run(input as never);
      count += 1;
    } catch (error) {
      expect(error, JSON.stringify(input)).toBeInstanceOf(MetricsError);
      expect((error as MetricsError).file, String(error)).toBe(file);
    }
  }
  return count;
}

describe('whatever part of a file is malformed, the error is a MetricsError that names the file', () => {
  it.each([
    ['COCO', evaluateCoco],
    ['LVIS', evaluateLvis],
  ])('%s', (_, evaluate) => {
    const options = { files };
    const total = [...damaged(truth)].length;
    const good = accepted(truth, 'truth.json', (input) => evaluate(input, [], options));
    expect(good).toBeLessThan(total / 2); // the others are names, ids and keys of no effect
    const found = accepted(detections, 'found.json', (input) => evaluate(truth, input, options));
    expect(found).toBeLessThan([...damaged(detections)].length / 2);
  });

  it('Flickr30k', () => {
    const options = { files: { detections: 'found.json' } };
    accepted(sentences, undefined, (input) => evaluateFlickr30k(input, []));
    accepted(predictions, 'found.json', (input) => evaluateFlickr30k(sentences, input, options));
  });

  it('text that is not JSON', () => {
    expect(() => parseJson('[{', 'found.json')).toThrow('metrics: found.json: not JSON: ');
  });
});
