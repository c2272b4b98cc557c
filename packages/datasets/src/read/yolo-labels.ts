import type { Annotation, Edges } from '../types.ts';
import { type Faults, quoted } from './faults.ts';
import type { PictureSize } from './picture-header.ts';

/** Categories of a YOLO dataset, and whether keypoints stand behind the boxes. */
export interface LabelRules {
  readonly names: ReadonlyMap<number, string>;
  readonly keypoints: boolean;
}

/**
 * Boxes of a YOLO label file: `class x y width height`, perhaps with a score or keypoints behind them, or a class and the
 * corners of a polygon.
 *
 * @param size  of the picture, which the numbers are parts of
 */
export function yoloLabels(
  text: string,
  file: string,
  { width, height }: PictureSize,
  { names, keypoints }: LabelRules,
  faults: Faults,
): Annotation[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const place = { file, line: i + 1 };
    const [id, ...numbers] = line.trim().split(/\s+/).map(Number);
    const rest = keypoints ? numbers.slice(0, 4) : numbers;
    const isPolygon = rest.length >= 6 && rest.length % 2 === 0;
    const isBox = rest.length === 4 || rest.length === 5;
    if (![id, ...rest].every(Number.isFinite) || !(isBox || isPolygon)) {
      const message = `expected "class x y width height", found ${quoted(line.trim())}`;
      faults.leftOut('bad-entry', place, message);
      return [];
    }
    const category = names.get(id);
    if (category === undefined) {
      faults.leftOut('unknown-category', place, `no category has the number ${id}`);
      return [];
    }
    const parts = isPolygon ? around(rest) : centered(rest);
    const edges: Edges = [parts[0] * width, parts[1] * height, parts[2] * width, parts[3] * height];
    const box = faults.boxWithin(edges, { width, height }, place, quoted(category));
    return box ? [{ category, box, spans: [], crowd: false, difficult: false, place }] : [];
  });
}

function centered([x, y, width, height]: readonly number[]): Edges {
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

function around(points: readonly number[]): Edges {
  let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    [x1, x2] = [Math.min(x1, points[i]), Math.max(x2, points[i])];
    [y1, y2] = [Math.min(y1, points[i + 1]), Math.max(y2, points[i + 1])];
  }
  return [x1, y1, x2, y2];
}
