/** Anchors of a level as a grid: `perCell` anchors around each center, row by row. */
interface CenterGrid {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly perCell: number;
}

/** Anchors of one level, `first` to before `first + length`. */
interface Level {
  readonly anchors: Float32Array;
  readonly first: number;
  readonly length: number;
  /** None where the centers are not a grid. */
  readonly grid: CenterGrid | undefined;
}

const REACH = 2; // cells around the nearest one: nine of 5 x 5 are nearest in the middle of a grid
const MARGIN = 1 - 1e-9; // against rounding of distances

/**
 * Levels of anchors that lie one after the other.
 *
 * @param anchors  [N, 4]
 * @param lengths  anchors of each level
 */
export function levelsOf(anchors: Float32Array, lengths: readonly number[]): readonly Level[] {
  let first = 0;
  return lengths.map((length): Level => {
    const level = { anchors, first, length, grid: centerGrid(anchors, first, length) };
    first += length;
    return level;
  });
}

/** Middle of a box along an axis: 0 for x, 1 for y. */
export const middle = (boxes: Float32Array, box: number, axis: 0 | 1): number =>
  (boxes[4 * box + axis] + boxes[4 * box + 2 + axis]) / 2;

function centerGrid(anchors: Float32Array, first: number, length: number): CenterGrid | undefined {
  const [x, y] = [0, 1].map(
    (axis) =>
      (i: number): number =>
        middle(anchors, first + i, axis as 0 | 1),
  );
  let perCell = 1;
  while (perCell < length && x(perCell) === x(0) && y(perCell) === y(0)) perCell++;
  let columns = 1;
  while (columns * perCell < length && y(columns * perCell) === y(0)) columns++;
  const rows = length / (columns * perCell);
  if (!Number.isInteger(rows) || length === 0) return undefined;
  const xs = Float64Array.from({ length: columns }, (_, column) => x(column * perCell));
  const ys = Float64Array.from({ length: rows }, (_, row) => y(row * columns * perCell));
  if (!ascends(xs) || !ascends(ys)) return undefined;
  let i = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let k = 0; k < perCell; k++, i++) {
        if (x(i) !== xs[column] || y(i) !== ys[row]) return undefined;
      }
    }
  }
  return { xs, ys, perCell };
}

const ascends = (values: Float64Array): boolean =>
  values.every((value, i) => Number.isFinite(value) && (i === 0 || value > values[i - 1]));

/**
 * The anchors of a level whose centers are nearest to a point, nearest first; of equals, the first. In a grid only cells
 * around the point are looked at.
 */
export function nearestAnchors(level: Level, x: number, y: number, count: number): number[] {
  const { grid, first, length } = level;
  const nearest = new Nearest(level.anchors, x, y, count);
  if (!grid) {
    for (let anchor = first; anchor < first + length; anchor++) nearest.look(anchor);
    return nearest.found;
  }
  const { xs, ys, perCell } = grid;
  const [column, row] = [indexNear(xs, x), indexNear(ys, y)];
  for (let reach = REACH; ; reach *= 2) {
    const [left, right] = [Math.max(0, column - reach), Math.min(xs.length, column + reach + 1)];
    const [top, bottom] = [Math.max(0, row - reach), Math.min(ys.length, row + reach + 1)];
    nearest.found.length = 0;
    for (let r = top; r < bottom; r++) {
      const start = first + (r * xs.length + left) * perCell;
      for (let anchor = start; anchor < start + (right - left) * perCell; anchor++) nearest.look(anchor);
    }
    // No anchor outside of the window is nearer than this.
    const outside = Math.min(
      left > 0 ? Math.abs(x - xs[left - 1]) : Number.POSITIVE_INFINITY,
      right < xs.length ? Math.abs(xs[right] - x) : Number.POSITIVE_INFINITY,
      top > 0 ? Math.abs(y - ys[top - 1]) : Number.POSITIVE_INFINITY,
      bottom < ys.length ? Math.abs(ys[bottom] - y) : Number.POSITIVE_INFINITY,
    );
    if (outside === Number.POSITIVE_INFINITY || nearest.farthest < outside * MARGIN) return nearest.found;
  }
}

/** Index of the value nearest to the given one, in ascending values. */
function indexNear(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const half = (low + high) >> 1;
    if (values[half] < value) low = half + 1;
    else high = half;
  }
  return low > 0 && value - values[low - 1] < values[low] - value ? low - 1 : low;
}

/** The nearest of the anchors looked at, in ascending order of their indices. */
class Nearest {
  readonly found: number[] = [];
  readonly #anchors: Float32Array;
  readonly #distances: Float64Array;
  readonly #x: number;
  readonly #y: number;

  constructor(anchors: Float32Array, x: number, y: number, count: number) {
    this.#anchors = anchors;
    this.#distances = new Float64Array(count);
    this.#x = x;
    this.#y = y;
  }

  /** Largest distance among them; infinite while they are too few. */
  get farthest(): number {
    const full = this.found.length === this.#distances.length;
    return full ? this.#distances[this.found.length - 1] : Number.POSITIVE_INFINITY;
  }

  look(anchor: number): void {
    const distance = Math.hypot(
      middle(this.#anchors, anchor, 0) - this.#x,
      middle(this.#anchors, anchor, 1) - this.#y,
    );
    if (distance >= this.farthest) return;
    const { found } = this;
    let at = found.length < this.#distances.length ? found.length : found.length - 1;
    for (; at > 0 && this.#distances[at - 1] > distance; at--) {
      found[at] = found[at - 1];
      this.#distances[at] = this.#distances[at - 1];
    }
    found[at] = anchor;
    this.#distances[at] = distance;
  }
}
