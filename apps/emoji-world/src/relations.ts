/** A thing at its place. */
export interface Placed {
  /** `[x, y, width, height]`, pixels. */
  readonly box: readonly [x: number, y: number, width: number, height: number];
}

interface Relation {
  readonly target: number;
  readonly anchor: number;
  /** Words that say it, between the names of the two. */
  readonly words: readonly string[];
  /** True of things that clearly do not stand so to the anchor. */
  readonly excludes: (i: number) => boolean;
}

/** Axis, direction along it, and words. */
const DIRECTIONS = [
  { axis: 0, sign: -1, words: ['left of', 'to the left of'], extreme: 'leftmost' },
  { axis: 0, sign: 1, words: ['right of', 'to the right of'], extreme: 'rightmost' },
  { axis: 1, sign: -1, words: ['above', 'above', 'over'], extreme: 'top' },
  { axis: 1, sign: 1, words: ['below', 'below', 'under'], extreme: 'bottom' },
] as const;

const APART = 0.14; // of the picture: distance of centers that nobody doubts
const STEEP = 1.4; // distance along the axis over that across it
const BEYOND = 0.03; // of the picture: others must lie on the anchor's other side by this

const centerOf = ({ box: [x, y, width, height] }: Placed) => [x + width / 2, y + height / 2] as const;

/** Relations between two things that nobody doubts. */
export function clearRelations(things: readonly Placed[], size: number): Relation[] {
  const centers = things.map(centerOf);
  const found: Relation[] = [];
  for (const anchor of things.keys()) {
    for (const target of things.keys()) {
      if (target === anchor) continue;
      for (const { axis, sign, words } of DIRECTIONS) {
        const beyond = (i: number) => sign * (centers[i][axis] - centers[anchor][axis]);
        const across = Math.abs(centers[target][1 - axis] - centers[anchor][1 - axis]);
        if (beyond(target) < APART * size || beyond(target) < STEEP * across) continue;
        found.push({ target, anchor, words, excludes: (i) => beyond(i) < -BEYOND * size });
      }
    }
  }
  return found;
}

const LARGER = 1.7; // ratio of areas that nobody doubts

/** Superlatives and comparatives of each of several things of the same name: "leftmost", "smaller". */
export function superlatives(
  things: readonly Placed[],
  group: readonly number[],
  size: number,
): { target: number; word: string }[] {
  if (group.length < 2) return [];
  const found: { target: number; word: string }[] = [];
  const add = (
    measure: (i: number) => number,
    margin: (first: number, second: number) => boolean,
    word: string,
  ) => {
    const [first, second] = [...group].sort((a, b) => measure(b) - measure(a));
    if (margin(measure(first), measure(second))) found.push({ target: first, word });
  };
  const two = group.length === 2;
  const area = (i: number) => things[i].box[2] * things[i].box[3];
  add(area, (first, second) => first >= LARGER * second, two ? 'larger' : 'largest');
  add(
    (i) => 1 / area(i),
    (first, second) => first >= LARGER * second,
    two ? 'smaller' : 'smallest',
  );
  for (const { axis, sign, extreme } of DIRECTIONS)
    add(
      (i) => sign * centerOf(things[i])[axis],
      (first, second) => first - second >= APART * size,
      extreme,
    );
  return found;
}
