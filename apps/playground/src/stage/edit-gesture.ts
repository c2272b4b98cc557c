import type { LabeledBox } from '@glip-wgpu/datasets';
import { boxAt, type Size } from './viewport.ts';

type Point = readonly [x: number, y: number];
type Box = LabeledBox['box'];

/** Part of a box that a drag changes: some of its sides, or its position. */
export interface Gesture {
  readonly index: number;
  /** Sides that follow the pointer: in x and y, -1 for the first, 1 for the second, 0 for none; both 0 move the box. */
  readonly sides: readonly [x: -1 | 0 | 1, y: -1 | 0 | 1];
  readonly from: Box;
  readonly start: Point;
  readonly isNew: boolean;
}

const MIN_SIDE = 3; // pixels

/**
 * The gesture that begins at a point of the picture: on an edge or corner of the selected box it is resized, inside of a
 * box that is moved, elsewhere a new one begins.
 */
export function gestureAt(
  boxes: readonly LabeledBox[],
  selected: number | undefined,
  start: Point,
  margin: number,
): Gesture {
  const own = selected === undefined ? undefined : boxes[selected];
  if (own && selected !== undefined) {
    const sides = sidesAt(own.box, start, margin);
    if (sides) return { index: selected, sides, from: own.box, start, isNew: false };
  }
  const index = boxAt(
    boxes.map(({ box }) => box),
    start,
  );
  if (index !== undefined) return { index, sides: [0, 0], from: boxes[index].box, start, isNew: false };
  return { index: boxes.length, sides: [1, 1], from: [...start, ...start], start, isNew: true };
}

function sidesAt([x1, y1, x2, y2]: Box, [x, y]: Point, margin: number): Gesture['sides'] | undefined {
  if (x < x1 - margin || x > x2 + margin || y < y1 - margin || y > y2 + margin) return undefined;
  const side = (at: number, first: number, second: number): -1 | 0 | 1 => {
    const [a, b] = [Math.abs(at - first), Math.abs(at - second)];
    return Math.min(a, b) > margin ? 0 : a < b ? -1 : 1;
  };
  const sides = [side(x, x1, x2), side(y, y1, y2)] as const;
  return sides[0] === 0 && sides[1] === 0 ? undefined : sides;
}

/** The box of a gesture when the pointer is at a point; it stays inside of the picture. */
export function draggedBox({ sides, from, start }: Gesture, at: Point, picture: Size): Box {
  const [dx, dy] = [at[0] - start[0], at[1] - start[1]];
  const axis = (
    first: number,
    second: number,
    side: number,
    by: number,
    length: number,
  ): [number, number] => {
    const most = length - 1; // the last pixel is part of a box
    const inside = (value: number): number => Math.min(most, Math.max(0, value));
    if (sides[0] === 0 && sides[1] === 0) {
      const shift = Math.min(most - second, Math.max(-first, by));
      return [first + shift, second + shift];
    }
    const [a, b] = [side === -1 ? inside(first + by) : first, side === 1 ? inside(second + by) : second];
    return [inside(Math.min(a, b)), inside(Math.max(a, b))];
  };
  const [x1, x2] = axis(from[0], from[2], sides[0], dx, picture.width);
  const [y1, y2] = axis(from[1], from[3], sides[1], dy, picture.height);
  return [x1, y1, x2, y2];
}

/** The boxes with that of a gesture; a new one has the given label. */
export function withGesture(
  boxes: readonly LabeledBox[],
  gesture: Gesture,
  { at, picture, label }: { readonly at: Point; readonly picture: Size; readonly label: string },
): LabeledBox[] {
  const box = draggedBox(gesture, at, picture);
  if (gesture.isNew) return [...boxes.slice(0, gesture.index), { label, box, score: 1 }];
  return boxes.map((one, i) => (i === gesture.index ? { ...one, box } : one));
}

/** False for a new box that a mere click made. */
export function isLargeEnough([x1, y1, x2, y2]: Box): boolean {
  return x2 - x1 >= MIN_SIDE && y2 - y1 >= MIN_SIDE;
}
