import { glipT, levelAnchors } from '@glip-wgpu/glip-core';
import { describe, expect, it } from 'vitest';
import { anchorGrid } from '../anchor-grid.ts';
import type { AnchorGrid } from './assign-anchors.ts';
import { assignAnchors } from './assign-anchors.ts';
import { levelsOf, middle, nearestAnchors } from './nearest-anchors.ts';

const COUNT = 9;

/** By sorting all anchors of a level. */
function bySorting({ boxes, levels }: AnchorGrid, level: number, x: number, y: number): number[] {
  const first = levels.slice(0, level).reduce((sum, length) => sum + length, 0);
  const distance = (anchor: number): number =>
    Math.hypot(middle(boxes, anchor, 0) - x, middle(boxes, anchor, 1) - y);
  return Array.from({ length: levels[level] }, (_, i) => first + i)
    .sort((a, b) => distance(a) - distance(b) || a - b)
    .slice(0, COUNT);
}

// Park-Miller: the same points on every run.
let state = 20_261_128;
const uniform = (): number => {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
};

/** Points inside and outside of an image, on centers, between them and at random: many are equally far from several. */
function points(height: number, width: number): [x: number, y: number][] {
  const found: [number, number][] = [];
  for (let i = 0; i < 150; i++) {
    const [x, y] = [uniform() * width, uniform() * height];
    found.push(
      [x, y],
      [Math.round(x), Math.round(y)],
      [4 * Math.round(x / 4) - 0.5, 4 * Math.round(y / 4) - 0.5],
    );
    found.push([Math.fround(x * 3 - width), Math.fround(y * 3 - height)]);
  }
  return [...found, [-1e6, 3], [1e9, 1e9], [3.5, 3.5], [width / 2, height / 2]];
}

function expectNearest(grid: AnchorGrid, at: readonly [x: number, y: number][]): void {
  for (const [i, level] of levelsOf(grid.boxes, grid.levels).entries()) {
    for (const [x, y] of at) expect(nearestAnchors(level, x, y, COUNT)).toEqual(bySorting(grid, i, x, y));
  }
}

describe('the nearest anchors', () => {
  it.each([
    [160, 160],
    [96, 352],
    [64, 64],
    [32, 416],
    [8, 8],
  ])('of an image of %i x %i are those that sorting finds, in their order', (height, width) => {
    expectNearest(anchorGrid(glipT, height, width), points(height, width));
  });

  it('are found with several anchors around a center', () => {
    const anchors = { ...glipT.anchors, ratios: [0.5, 1, 2], scalesPerOctave: 2 };
    const levels = [0, 1].map((level) => levelAnchors(anchors, level, [12 >> level, 10 >> level]));
    const boxes = Float32Array.from(levels.flatMap((level) => [...level]));
    expectNearest({ boxes, levels: levels.map(({ length }) => length / 4) }, points(100, 90));
  });

  it('are found where centers are no grid, or too few', () => {
    const scattered = Float32Array.from(
      { length: 4 * 60 },
      (_, i) => (i % 4 < 2 ? -1 : 1) + (((i >> 2) * 37) % 90),
    );
    expectNearest({ boxes: scattered, levels: [40, 20] }, points(90, 90));
    const few = anchorGrid(glipT, 8, 8);
    expect(few.levels).toEqual([1, 1, 1, 1, 1]);
    expect(levelsOf(few.boxes, few.levels).map((level) => nearestAnchors(level, 3, 4, COUNT).length)).toEqual(
      [1, 1, 1, 1, 1],
    );
    expect(levelsOf(new Float32Array(), [0]).map((level) => nearestAnchors(level, 1, 1, COUNT))).toEqual([
      [],
    ]);
  });
});

it('the assignment is that of looking at all anchors', () => {
  for (const [i, [height, width]] of [...Array(60).keys()].map(
    (k) => [k, k % 2 ? [160, 224] : [96, 96]] as const,
  )) {
    const grid = anchorGrid(glipT, height, width);
    const given = Array.from({ length: 1 + Math.floor(uniform() * 8) }, () => {
      const at = [uniform() * width * 0.9, uniform() * height * 0.9];
      const [x, y] = i % 3 ? at : at.map(Math.round);
      return [x, y, x + 2 + uniform() * 100, y + 2 + uniform() * 60];
    });
    const boxes = Float32Array.from([...given, ...given.slice(0, 1)].flat()); // one of them twice
    expect(assignAnchors(grid, boxes)).toEqual(assignByLooking(grid, boxes));
  }
});

/** Spec 4.2, one step after the other. */
function assignByLooking(grid: AnchorGrid, boxes: Float32Array): Int32Array {
  const assigned = new Int32Array(grid.boxes.length / 4).fill(-1);
  const best = new Float64Array(assigned.length).fill(Number.NEGATIVE_INFINITY);
  for (let box = 0; 4 * box < boxes.length; box++) {
    const [x, y] = [middle(boxes, box, 0), middle(boxes, box, 1)];
    const candidates = grid.levels.flatMap((_, level) => bySorting(grid, level, x, y));
    const overlaps = candidates.map((anchor) =>
      iou(grid.boxes.subarray(4 * anchor), boxes.subarray(4 * box)),
    );
    const mean = overlaps.reduce((sum, value) => sum + value, 0) / overlaps.length;
    const squares = overlaps.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const threshold = mean + Math.sqrt(squares / (overlaps.length - 1));
    const [x1, y1, x2, y2] = boxes.subarray(4 * box);
    for (const [i, anchor] of candidates.entries()) {
      const [cx, cy] = [middle(grid.boxes, anchor, 0), middle(grid.boxes, anchor, 1)];
      const inside = Math.min(cx - x1, cy - y1, x2 - cx, y2 - cy) > 0.01;
      if (overlaps[i] < threshold || !inside || overlaps[i] <= best[anchor]) continue;
      best[anchor] = overlaps[i];
      assigned[anchor] = box;
    }
  }
  return assigned;
}

function iou([ax1, ay1, ax2, ay2]: Float32Array, [bx1, by1, bx2, by2]: Float32Array): number {
  const shared =
    Math.max(0, Math.min(ax2, bx2) - Math.max(ax1, bx1) + 1) *
    Math.max(0, Math.min(ay2, by2) - Math.max(ay1, by1) + 1);
  const [a, b] = [(ax2 - ax1 + 1) * (ay2 - ay1 + 1), (bx2 - bx1 + 1) * (by2 - by1 + 1)];
  return shared / (a + b - shared);
}
