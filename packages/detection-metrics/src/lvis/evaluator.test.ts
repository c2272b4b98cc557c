import { describe, expect, it } from 'vitest';
import { MetricsError } from '../errors.ts';
import type { CocoBox, CocoDetection } from '../types.ts';
import { LvisEvaluator } from './evaluator.ts';
import { evaluateLvis, type LvisGroundTruth } from './files.ts';
import type { LvisCategory, LvisImage } from './types.ts';

const CATEGORIES: readonly LvisCategory[] = [
  { id: 7, name: 'dog', frequency: 'f' },
  { id: 3, name: 'axolotl', frequency: 'r' },
];
const BOX: CocoBox = [10, 10, 40, 40];
const ASIDE: CocoBox = [200, 200, 40, 40];
const found = (bbox: CocoBox, score: number, category_id = 7): CocoDetection => ({
  category_id,
  bbox,
  score,
});
const judged = (changes: Partial<LvisImage> = {}): LvisImage => ({
  neg_category_ids: [],
  not_exhaustive_category_ids: [],
  ...changes,
});
const dog = { category_id: 7, bbox: BOX };

describe('LVIS average precision', () => {
  it('counts only categories that were judged in an image', () => {
    const evaluator = new LvisEvaluator(CATEGORIES);
    evaluator.add(1, judged(), [dog], [found(BOX, 0.5), found(BOX, 0.9, 3)]);
    evaluator.add(2, judged(), [], [found(ASIDE, 0.9)]); // not judged: neither right nor wrong
    expect(evaluator.summarize()).toMatchObject({ AP50: expect.closeTo(1, 9), APr: -1 });
    evaluator.add(3, judged({ neg_category_ids: [7] }), [], [found(ASIDE, 0.8)]); // judged absent: wrong
    const { AP50, categories } = evaluator.summarize();
    expect(AP50).toBeCloseTo(0.5, 9);
    expect(categories.map(({ id, detections }) => [id, detections])).toEqual([
      [3, 0],
      [7, 2],
    ]);
  });

  it('ignores unmatched detections where a category was not annotated exhaustively, not matched ones', () => {
    const evaluator = new LvisEvaluator(CATEGORIES);
    const image = judged({ not_exhaustive_category_ids: [7] });
    evaluator.add(1, image, [dog], [found(ASIDE, 0.9), found(BOX, 0.5)]);
    expect(evaluator.summarize().AP50).toBeCloseTo(1, 9);
  });

  it('leaves out what has no area, and honors an own ignore key', () => {
    const evaluator = new LvisEvaluator(CATEGORIES);
    const objects = [dog, { ...dog, bbox: ASIDE, ignore: 1 }, { ...dog, area: 0 }];
    evaluator.add(1, judged(), objects, [found([0, 0, 0, 5], 0.9), found(ASIDE, 0.8), found(BOX, 0.7)]);
    expect(evaluator.summarize()).toMatchObject({ AP50: expect.closeTo(1, 9), AR: expect.closeTo(1, 9) });
  });

  it('counts the best of an image, of all categories together, or with fixed AP the best of a category', () => {
    const images = [0.9, 0.8, 0.7].map((score, i) => ({
      id: i,
      detections: [found(ASIDE, 1, 3), found(BOX, score)],
    }));
    const evaluate = (ap: 'standard' | 'fixed', maxDetections: number) => {
      const evaluator = new LvisEvaluator(CATEGORIES, { ap, maxDetections });
      for (const { id, detections } of images) evaluator.add(id, judged(), [dog], detections);
      return evaluator.summarize().categories[1].AR;
    };
    expect(evaluate('standard', 1)).toBe(0); // the axolotl takes the place
    expect(evaluate('standard', 2)).toBeCloseTo(1, 9);
    expect(evaluate('fixed', 2)).toBeCloseTo(2 / 3, 9);
  });

  it('with fixed AP, keeps the earlier of equal scores, and detections of unjudged images use up places', () => {
    const evaluator = new LvisEvaluator(CATEGORIES, { ap: 'fixed', maxDetections: 1 });
    evaluator.add(2, judged(), [], [found(BOX, 0.5)]);
    evaluator.add(1, judged(), [dog], [found(BOX, 0.5)]);
    expect(evaluator.summarize()).toMatchObject({ AP: 0, AR: 0 });
    evaluator.add(3, judged(), [dog], [found(BOX, 0.6)]);
    expect(evaluator.summarize().AR).toBeCloseTo(0.5, 9);
  });

  it('names the entry that it refuses', () => {
    const evaluator = new LvisEvaluator(CATEGORIES);
    const refuse = (run: () => void, message: string): void => {
      expect(run).toThrow(MetricsError);
      expect(run).toThrow(message);
    };
    refuse(() => evaluator.add(5, {} as LvisImage, [], []), 'image 5.neg_category_ids is missing');
    refuse(() => evaluator.add(5, judged(), [], [found(BOX, Number.NaN)]), 'detections[0].score is NaN');
    refuse(() => new LvisEvaluator([{ id: 1, frequency: 'x' }]), 'categories[0].frequency is "x"');
    refuse(() => new LvisEvaluator(CATEGORIES, { maxDetections: 0 }), 'maxDetections is 0');
    refuse(() => new LvisEvaluator(CATEGORIES, { ap: 'best' as 'fixed' }), 'ap is "best"');
  });
});

describe("the contents of LVIS's files", () => {
  const groundTruth: LvisGroundTruth = {
    images: [{ id: 9, ...judged() }],
    categories: CATEGORIES,
    annotations: [{ id: 1, image_id: 9, ...dog }],
  };
  const detection = { image_id: 9, ...found(BOX, 0.9) };

  it('are evaluated at once; faults name the file and the entry', () => {
    expect(evaluateLvis(groundTruth, [detection]).AP50).toBeCloseTo(1, 9);
    expect(evaluateLvis(groundTruth, [])).toMatchObject({ AP: 0, APr: -1, APf: 0 });
    const files = { groundTruth: 'lvis.json', detections: 'found.json' };
    const imageless = { ...groundTruth, images: [{ id: 9, not_exhaustive_category_ids: [] } as never] };
    const run = () => evaluateLvis(imageless, [detection], { files });
    expect(run).toThrow('lvis.json: images[0].neg_category_ids is missing, expected a list');
    const elsewhere = [detection, { ...detection, image_id: 8 }];
    expect(() => evaluateLvis(groundTruth, elsewhere, { files })).toThrow(
      'found.json: detections[1].image_id is 8',
    );
    try {
      evaluateLvis(groundTruth, elsewhere, { files });
    } catch (error) {
      expect(error).toMatchObject({ file: 'found.json', entry: 'detections[1].image_id' });
    }
  });

  it('detections of unknown images may be dropped, which use up places of fixed AP', () => {
    const options = { ap: 'fixed', maxDetections: 1, unknownImages: 'drop' } as const;
    expect(evaluateLvis(groundTruth, [{ ...detection, image_id: 8, score: 1 }, detection], options).AP).toBe(
      0,
    );
    expect(
      evaluateLvis(groundTruth, [{ ...detection, image_id: 8 }], { ...options, ap: 'standard' }).AP,
    ).toBe(0);
  });
});
