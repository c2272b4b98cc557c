import { describe, expect, it } from 'vitest';
import { TargetError } from '../errors.ts';
import { assignAnchors } from './assign-anchors.ts';

// One level of 4 x 4 cells of 8 pixels, anchors of 16 x 16 around their centers; another of one anchor of 32 x 32.
const cells = Array.from({ length: 16 }, (_, i) => [8 * (i % 4), 8 * Math.floor(i / 4)]);
const boxes = Float32Array.from([
  ...cells.flatMap(([x, y]) => [x - 4, y - 4, x + 11, y + 11]),
  ...[0, 0, 31, 31],
]);
const grid = { boxes, levels: [16, 1] };

const positives = (assigned: Int32Array): [anchor: number, box: number][] =>
  [...assigned.entries()].filter(([, box]) => box >= 0);

describe('assignAnchors', () => {
  it('gives a box the anchor that lies on it', () => {
    const assigned = assignAnchors(grid, Float32Array.of(4, 4, 19, 19)); // the anchor of cell (1, 1)
    expect(assigned[5]).toBe(0);
    expect(positives(assigned).every(([, box]) => box === 0)).toBe(true);
  });

  it('gives an anchor that two boxes claim to the one that overlaps more, and to the first of equals', () => {
    const [exact, shifted] = [
      [4, 4, 19, 19],
      [5, 4, 20, 19],
    ];
    expect(assignAnchors(grid, Float32Array.from([...exact, ...shifted]))[5]).toBe(0);
    expect(assignAnchors(grid, Float32Array.from([...shifted, ...exact]))[5]).toBe(1);
    expect(assignAnchors(grid, Float32Array.from([...exact, ...exact]))[5]).toBe(0);
  });

  it('takes no anchor whose center lies outside the box', () => {
    // The center of cell (1, 1) is at 11.5.
    expect(assignAnchors(grid, Float32Array.of(11, 4, 19, 19))[5]).toBe(0);
    expect(assignAnchors(grid, Float32Array.of(12, 4, 19, 19))[5]).toBe(-1);
  });

  it('leaves all anchors of an image without boxes', () => {
    expect(positives(assignAnchors(grid, new Float32Array()))).toEqual([]);
  });

  it.each([
    ['a side of nothing', [4, 4, 4, 9]],
    ['corners the other way round', [9, 4, 4, 9]],
    ['no number', [Number.NaN, 4, 9, 9]],
    ['no end', [0, 0, Number.POSITIVE_INFINITY, 9]],
  ])('refuses a box with %s', (_, box) => {
    const given = Float32Array.from([0, 0, 5, 5, ...box]);
    expect(() => assignAnchors(grid, given)).toThrow(TargetError);
    expect(() => assignAnchors(grid, given)).toThrow(/box 1 is \[.*\], expected x1, y1, x2, y2/);
  });

  it('refuses anchors that do not fill their levels', () => {
    expect(() => assignAnchors({ boxes, levels: [16] }, new Float32Array())).toThrow(
      'anchors are 68 numbers, expected four for each of 16',
    );
  });
});
