import { expect, it } from 'vitest';
import { draggedBox, gestureAt, isLargeEnough, withGesture } from './edit-gesture.ts';

const PICTURE = { width: 200, height: 100 };
const BOXES = [
  { label: 'a', box: [10, 10, 50, 40], score: 0.5 },
  { label: 'b', box: [100, 20, 150, 60], score: 0.4 },
] as const;

it('inside of a box it is moved, and stays inside of the picture', () => {
  const gesture = gestureAt(BOXES, undefined, [30, 25], 3);
  expect(gesture).toMatchObject({ index: 0, sides: [0, 0], isNew: false });
  expect(draggedBox(gesture, [40, 30], PICTURE)).toEqual([20, 15, 60, 45]);
  expect(draggedBox(gesture, [-500, 500], PICTURE)).toEqual([0, 69, 40, 99]);
});

it('at an edge or a corner of the selected box it is resized, also past its other side', () => {
  expect(gestureAt(BOXES, undefined, [50, 25], 3).sides).toEqual([0, 0]); // not selected
  const edge = gestureAt(BOXES, 0, [51, 25], 3);
  expect(edge.sides).toEqual([1, 0]);
  expect(draggedBox(edge, [81, 90], PICTURE)).toEqual([10, 10, 80, 40]);
  const corner = gestureAt(BOXES, 0, [9, 41], 3);
  expect(corner.sides).toEqual([-1, 1]);
  expect(draggedBox(corner, [69, 51], PICTURE)).toEqual([50, 10, 70, 50]);
});

it('elsewhere a new box begins, with the chosen label; a click makes none', () => {
  const gesture = gestureAt(BOXES, 0, [160, 80], 3);
  expect(gesture).toMatchObject({ index: 2, isNew: true });
  const boxes = withGesture(BOXES, gesture, { at: [190, 300], picture: PICTURE, label: 'c' });
  expect(boxes[2]).toEqual({ label: 'c', box: [160, 80, 190, 99], score: 1 });
  expect(isLargeEnough(boxes[2].box)).toBe(true);
  expect(isLargeEnough(draggedBox(gesture, [161, 81], PICTURE))).toBe(false);
});
