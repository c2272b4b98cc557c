import { CocoEvaluator } from '@glip-wgpu/detection-metrics';
import { expect, it } from 'vitest';
import { markedCurve } from './marked-curve.ts';
import { markedImage, onlyOf } from './shown-boxes.ts';

/** Objects in a row; detections on some of them, and beside. */
const IMAGES = Array.from({ length: 12 }, (_, i) => ({
  truth: [0, 1, 2].slice(0, 1 + (i % 3)).map((k) => ({
    ...{ label: 'dog', box: [40 * k, 0, 40 * k + 20, 20] as const, crowd: i === 5 && k === 0 },
  })),
  found: [0, 1, 2].slice(0, (i * 7) % 4).map((k) => ({
    ...{ label: 'dog', box: [40 * k + (i % 4 === 1 ? 15 : 1), 0, 40 * k + 19, 19] as const },
    score: ((i * 5 + k * 3) % 17) / 17,
  })),
}));

it('the curve of marked detections is the precision by recall of COCO', () => {
  const evaluator = new CocoEvaluator([{ id: 1, name: 'dog' }]);
  for (const [i, { truth, found }] of IMAGES.entries()) {
    evaluator.add(
      i,
      truth.map(({ box: [x1, y1, x2, y2], crowd }) => ({
        ...{ category_id: 1, bbox: [x1, y1, x2 - x1, y2 - y1], iscrowd: crowd },
      })),
      found.map(({ box: [x1, y1, x2, y2], score }) => ({
        ...{ category_id: 1, bbox: [x1, y1, x2 - x1 + 1, y2 - y1 + 1], score },
      })),
    );
  }
  const theirs = evaluator.summarize().curve(1);
  const images = IMAGES.map((one, i) => markedImage(`${i}.jpg`, one));
  const { points, threshold } = markedCurve(images);
  for (const [i, [recall, precision]] of points.entries()) {
    expect(recall).toBeCloseTo(theirs.recall[i], 9);
    expect(precision).toBeCloseTo(theirs.precision[i], 9);
  }
  expect(threshold).toBeGreaterThanOrEqual(0);
});

it('curves without an object or a detection are zero', () => {
  expect(markedCurve([]).points.every(([, precision]) => precision === 0)).toBe(true);
  expect(markedCurve([]).threshold).toBeUndefined();
  const image = markedImage('a.jpg', IMAGES[2]);
  expect(onlyOf('cat', image)).toMatchObject({ image: { annotations: [] }, detections: [] });
});
