import { expect, it } from 'vitest';
import type { CocoBox } from '../types.ts';
import { CocoEvaluator } from './evaluator.ts';
import { markDetections } from './mark.ts';

const BOX: CocoBox = [10, 10, 40, 40];
const ASIDE: CocoBox = [200, 200, 40, 40];
const found = (bbox: CocoBox, score: number, category_id = 1) => ({ category_id, bbox, score });

it('marks detections of their category as right once, best first, in the given order', () => {
  const marks = markDetections(
    [
      { category_id: 1, bbox: BOX },
      { category_id: 2, bbox: ASIDE },
    ],
    [found(BOX, 0.4), found(BOX, 0.9), found(ASIDE, 0.8), found(ASIDE, 0.1, 2)],
  );
  expect(marks).toEqual({
    detections: ['wrong', 'right', 'wrong', 'right'],
    matches: [-1, 0, -1, 1],
    found: [true, true],
    objects: 2,
  });
});

it('detections of difficult objects and crowds are neither right nor wrong; those beyond the limit are left out', () => {
  const objects = [
    { category_id: 1, bbox: BOX, difficult: true },
    { category_id: 1, bbox: ASIDE, iscrowd: 1 },
  ];
  const detections = [found(BOX, 0.9), found(ASIDE, 0.8), found([205, 205, 9, 9], 0.7), found(BOX, 0.6)];
  expect(markDetections(objects, detections)).toEqual({
    detections: ['ignored', 'ignored', 'ignored', 'wrong'],
    matches: [0, 1, 1, -1],
    found: [true, true],
    objects: 0,
  });
  expect(markDetections(objects, detections, { maxDetections: 3 }).detections).toEqual(
    new Array(4).fill('ignored'),
  );
  const evaluator = new CocoEvaluator([{ id: 1 }]);
  evaluator.add(1, [...objects, { category_id: 1, bbox: [90, 90, 9, 9] }], [found(BOX, 0.9)]);
  expect(evaluator.summarize().categories[0]).toMatchObject({ objects: 1, AP: 0 });
});

it('names what it refuses', () => {
  expect(() => markDetections([], [found(BOX, Number.NaN)])).toThrow('detections[0].score is NaN');
  expect(() => markDetections([], [], { iou: 0 })).toThrow('iou is 0');
});
