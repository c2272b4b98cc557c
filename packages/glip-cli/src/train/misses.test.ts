import type { Annotation } from '@glip-wgpu/datasets';
import { describe, expect, it } from 'vitest';
import { missesOf } from './misses.ts';

const place = { file: 'a.json' };
const object = (category: string, x: number, more: Partial<Annotation> = {}): Annotation => ({
  category,
  box: [x, 0, x + 10, 10],
  spans: [],
  crowd: false,
  difficult: false,
  place,
  ...more,
});
const detection = (label: string, x: number, score: number) => ({
  label,
  score,
  box: [x, 0, x + 9, 9] as const,
});
const misses = (annotations: readonly Annotation[], found: readonly ReturnType<typeof detection>[]) =>
  missesOf({ path: 'a.jpg', width: 100, height: 20, annotations, place }, found);

describe('mistakes in an image', () => {
  it('are missed objects and wrong detections; a pair of one category at IoU 0.5 is none', () => {
    const dogs = [object('dog', 0), object('dog', 50)];
    const wrong = detection('cat', 50, 0.6);
    const { missed, wrong: found, cost } = misses(dogs, [detection('dog', 3, 0.9), wrong]);
    expect(missed).toEqual([dogs[1]]);
    expect(found).toEqual([wrong]);
    expect(cost).toBeCloseTo(1 + 0.6 + 0.1);
  });

  it('are second detections of one object', () => {
    const { missed, wrong } = misses(
      [object('dog', 0)],
      [detection('dog', 1, 0.5), detection('dog', 0, 0.8)],
    );
    expect([missed, wrong]).toEqual([[], [detection('dog', 1, 0.5)]]);
  });

  it('are found by the closest of two detections that fit two objects', () => {
    const near = [object('dog', 0), object('dog', 3)];
    expect(misses(near, [detection('dog', 3, 0.9), detection('dog', 0, 0.8)])).toMatchObject({
      missed: [],
      wrong: [],
    });
  });

  it('are no crowds and no difficult objects, nor detections in them', () => {
    const ignored = [object('dog', 0, { crowd: true }), object('dog', 50, { difficult: true })];
    expect(misses(ignored, [])).toEqual({ missed: [], wrong: [], cost: 0 });
    const both = [detection('dog', 0, 0.9), detection('dog', 50, 0.9)];
    expect(misses(ignored, both)).toEqual({ missed: [], wrong: [], cost: 0 });
  });
});
