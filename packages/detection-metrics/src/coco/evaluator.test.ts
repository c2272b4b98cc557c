import { describe, expect, it } from 'vitest';
import { MetricsError } from '../errors.ts';
import type { CocoBox, CocoDetection } from '../types.ts';
import { CocoEvaluator } from './evaluator.ts';
import { evaluateCoco } from './files.ts';
import type { CocoObject } from './types.ts';

const CATEGORIES = [
  { id: 7, name: 'dog' },
  { id: 3, name: 'cat' },
];
const object = (bbox: CocoBox, category_id = 7): CocoObject => ({ category_id, bbox });
const found = (bbox: CocoBox, score: number, category_id = 7): CocoDetection => ({
  category_id,
  bbox,
  score,
});
const BOX: CocoBox = [10, 10, 40, 40];
const ASIDE: CocoBox = [200, 200, 40, 40];

describe('a streaming evaluator', () => {
  it('gives perfect detections 1 and categories without objects -1, which no mean includes', () => {
    const evaluator = new CocoEvaluator(CATEGORIES);
    evaluator.add(1, [object(BOX)], [found(BOX, 0.9)]);
    const { AP, AP50, APs, AR, categories, images } = evaluator.summarize();
    expect([AP, AP50, ...AR]).toEqual([1, 1, 1, 1, 1].map((one) => expect.closeTo(one, 9)));
    expect(APs).toBe(-1);
    expect(images).toBe(1);
    expect(categories.map(({ id, name, objects, detections }) => [id, name, objects, detections])).toEqual([
      [3, 'cat', 0, 0],
      [7, 'dog', 1, 1],
    ]);
    expect(categories[0].AP).toBe(-1);
  });

  it('gives the same bits in whatever order images come, also for tied scores', () => {
    const images = Array.from({ length: 12 }, (_, i) => ({
      id: i + 1,
      objects: [object(BOX), object(ASIDE)],
      detections: [found(i % 3 === 0 ? [90, 90, 9, 9] : BOX, 0.5), found(ASIDE, i % 2 ? 0.5 : 0.25)],
    }));
    const summaries = [images, [...images].reverse()].map((list) => {
      const evaluator = new CocoEvaluator(CATEGORIES);
      for (const { id, objects, detections } of list) evaluator.add(id, objects, detections);
      return evaluator.summarize().arrays;
    });
    expect(summaries[1]).toEqual(summaries[0]);
  });

  it('may go on after a summary', () => {
    const evaluator = new CocoEvaluator(CATEGORIES);
    evaluator.add(1, [object(BOX)], [found(BOX, 0.9)]);
    expect(evaluator.summarize().AP50).toBeCloseTo(1, 9);
    evaluator.add(2, [object(BOX)], []);
    expect(evaluator.summarize().AP50).toBeCloseTo(51 / 101, 9); // recall ends at one half
  });

  it('draws precision by recall', () => {
    const evaluator = new CocoEvaluator(CATEGORIES);
    evaluator.add(1, [object(BOX), object(ASIDE)], [found(BOX, 0.9), found([90, 90, 9, 9], 0.8)]);
    const { precision, scores, recall } = evaluator.summarize().curve(7, { iou: 0.75 });
    expect(recall).toHaveLength(101);
    expect([precision[0], precision[50], precision[51]].map((value) => value.toFixed(9))).toEqual([
      '1.000000000',
      '1.000000000',
      '0.000000000',
    ]);
    expect([scores[50], scores[51]]).toEqual([0.9, 0]);
    expect(() => evaluator.summarize().curve(8)).toThrow('categoryId is 8, expected an evaluated category');
    expect(() => evaluator.summarize().curve(7, { iou: 0.52 })).toThrow('iou is 0.52');
  });

  it('names the entry that it refuses, and adds nothing of its image', () => {
    const evaluator = new CocoEvaluator(CATEGORIES);
    const refuse = (add: () => void, message: string): void => {
      expect(add).toThrow(MetricsError);
      expect(add).toThrow(message);
    };
    const good = found(BOX, 0.9);
    refuse(
      () => evaluator.add(5, [], [good, { ...good, score: Number.NaN }]),
      'image 5: detections[1].score is NaN, expected a finite number',
    );
    refuse(
      () => evaluator.add(5, [{ category_id: 7, bbox: [1, 2, 3] }], []),
      'image 5: groundTruth[0].bbox is [1,2,3]',
    );
    refuse(
      () => evaluator.add(5, [], [{ bbox: BOX, score: 1 } as unknown as CocoDetection]),
      'image 5: detections[0].category_id is missing',
    );
    expect(evaluator.summarize()).toMatchObject({ images: 0, AP: -1 });
    evaluator.add(5, [], [good]);
    refuse(() => evaluator.add(5, [], []), 'image 5 was added before');
    refuse(() => evaluator.add('6', [], []), 'image "6" has a string as its id');
    refuse(() => new CocoEvaluator([{ id: 1.5 }]), 'categories[0].id is 1.5');
    refuse(() => new CocoEvaluator(CATEGORIES, { maxDetections: [0] }), 'maxDetections[0] is 0');
    refuse(() => new CocoEvaluator(CATEGORIES, { maxDetections: [] }), 'maxDetections is empty');
  });
});

describe("the contents of COCO's files", () => {
  const groundTruth = {
    images: [{ id: 'b' }, { id: 'a' }],
    categories: CATEGORIES,
    annotations: [{ id: 1, image_id: 'a', ...object(BOX) }],
  };

  it('are evaluated at once; entries are named by their place in the file', () => {
    const detection = { image_id: 'a', ...found(BOX, 0.9) };
    expect(evaluateCoco(groundTruth, [detection]).AP50).toBeCloseTo(1, 9);
    expect(evaluateCoco(groundTruth, []).AP50).toBe(0);
    const elsewhere = { ...detection, image_id: 'c' };
    expect(() => evaluateCoco(groundTruth, [detection, elsewhere])).toThrow('detections[1].image_id is "c"');
    expect(evaluateCoco(groundTruth, [detection, elsewhere], { unknownImages: 'drop' }).images).toBe(2);
    const endless = { ...detection, score: Number.POSITIVE_INFINITY };
    expect(() => evaluateCoco(groundTruth, [endless])).toThrow('detections[0].score is Infinity');
    const nameless = { ...groundTruth, annotations: [{ image_id: 'a', ...object(BOX) } as never] };
    expect(() => evaluateCoco(nameless, [])).toThrow('annotations[0].id is missing');
    expect(() => evaluateCoco({ categories: CATEGORIES } as never, [])).toThrow('images is missing');
  });
});
