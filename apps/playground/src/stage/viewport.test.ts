import { describe, expect, it } from 'vitest';
import { boxAt, FITTED, MAX_ZOOM, pannedBy, pictureAt, viewportOf, zoomAt } from './viewport.ts';

const PICTURE = { width: 200, height: 100 };
const STAGE = { width: 400, height: 400 };

describe('a picture in the stage', () => {
  it('is as large as fits, in the middle', () => {
    expect(viewportOf(PICTURE, STAGE, FITTED)).toEqual({ scale: 2, left: 0, top: 100 });
  });

  it('stays under the pointer when it is zoomed', () => {
    const at = [150, 220] as const;
    const before = pictureAt(viewportOf(PICTURE, STAGE, FITTED), at);
    let zoom = FITTED;
    for (const factor of [4, 1.7, 0.8]) zoom = zoomAt(PICTURE, STAGE, zoom, factor, at);
    const after = pictureAt(viewportOf(PICTURE, STAGE, zoom), at);
    expect(after[0]).toBeCloseTo(before[0]);
    expect(after[1]).toBeCloseTo(before[1]);
  });

  it('is zoomed between the fitted size and a limit', () => {
    expect(zoomAt(PICTURE, STAGE, FITTED, 0.1, [0, 0])).toBe(FITTED);
    expect(zoomAt(PICTURE, STAGE, FITTED, 1e9, [0, 0]).factor).toBe(MAX_ZOOM);
  });

  it('follows the pointer when it is dragged, and leaves no gap at its edges', () => {
    const zoom = zoomAt(PICTURE, STAGE, FITTED, 4, [200, 200]);
    const [before, after] = [zoom, pannedBy(PICTURE, STAGE, zoom, 30, -20)].map((one) =>
      viewportOf(PICTURE, STAGE, one),
    );
    expect(after.left - before.left).toBeCloseTo(30);
    expect(after.top - before.top).toBeCloseTo(-20);
    const far = viewportOf(PICTURE, STAGE, pannedBy(PICTURE, STAGE, zoom, 1e6, 1e6));
    expect([far.left, far.top]).toEqual([0, 0]);
  });
});

it('of boxes inside of each other, the pointer is on the smallest', () => {
  const boxes = [
    [0, 0, 100, 100],
    [10, 10, 20, 20],
    [0, 0, 50, 50],
  ] as const;
  expect(boxAt(boxes, [15, 15])).toBe(1);
  expect(boxAt(boxes, [40, 40])).toBe(2);
  expect(boxAt(boxes, [101, 50])).toBeUndefined();
  expect(boxAt(boxes, [101, 50], 2)).toBe(0);
});
