import { describe, expect, it } from 'vitest';
import { fixture } from '../testing/fixtures.ts';
import { nonMaximumSuppression } from './nms.ts';

describe('non-maximum suppression', () => {
  it('keeps the boxes that the original keeps', () => {
    const stored = fixture('units/ml_nms');
    const kept = nonMaximumSuppression(
      stored.f32('in.boxes'),
      stored.f32('in.scores'),
      Int32Array.from(stored.numbers('in.labels')),
      0.6,
    );
    expect([...kept]).toEqual([...stored.numbers('out.keep')]);
  });

  const pair = Float32Array.of(0, 0, 9, 9, 0, 0, 9, 4); // 10 x 10 and 10 x 5 pixels: overlap 1/2

  it('keeps a pair that overlaps by exactly the threshold', () => {
    const scores = Float32Array.of(0.9, 0.8);
    expect([...nonMaximumSuppression(pair, scores, Int32Array.of(0, 0), 0.5)]).toEqual([0, 1]);
    expect([...nonMaximumSuppression(pair, scores, Int32Array.of(0, 0), 0.49)]).toEqual([0]);
  });

  it('keeps overlapping boxes of different labels', () => {
    const scores = Float32Array.of(0.9, 0.8);
    expect([...nonMaximumSuppression(pair, scores, Int32Array.of(0, 1), 0.1)]).toEqual([0, 1]);
  });

  it('lets only kept boxes suppress, and returns ascending indices', () => {
    // Each box overlaps the next by 3/7, the first and the third by 1/9.
    const chain = Float32Array.of(0, 0, 9, 9, 4, 0, 13, 9, 8, 0, 17, 9);
    const scores = Float32Array.of(0.7, 0.8, 0.9);
    expect([...nonMaximumSuppression(chain, scores, new Int32Array(3), 0.4)]).toEqual([0, 2]);
  });

  it('sorts more than ten indices as numbers', () => {
    const boxes = Float32Array.from({ length: 48 }, (_, i) => 100 * Math.floor(i / 4) + (i % 4) * 5);
    const scores = Float32Array.from({ length: 12 }, (_, i) => i / 12);
    const kept = nonMaximumSuppression(boxes, scores, new Int32Array(12), 0.5);
    expect([...kept]).toEqual([...Array(12).keys()]);
  });

  it('takes the first of equal scores, and nothing from nothing', () => {
    const same = Float32Array.of(0, 0, 9, 9, 0, 0, 9, 9);
    expect([...nonMaximumSuppression(same, Float32Array.of(0.5, 0.5), new Int32Array(2), 0.6)]).toEqual([0]);
    expect(
      nonMaximumSuppression(new Float32Array(0), new Float32Array(0), new Int32Array(0), 0.6),
    ).toHaveLength(0);
  });
});
