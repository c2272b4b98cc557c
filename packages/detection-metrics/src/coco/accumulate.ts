import { compareImageIds } from './image-order.ts';
import type { Matches } from './match.ts';
import { AREA_RANGES, IOU_THRESHOLDS, RECALL_LEVELS } from './parameters.ts';
import type { ImageId } from './types.ts';

/** Arrays of pycocotools in C order; -1 where a category has no object of a size. */
export interface CocoArrays {
  /** Precision: `[10 IoU thresholds, 101 recall levels, categories, 4 area ranges, limits]`. */
  readonly precision: Float64Array;
  /** Score of the detection that reaches each recall level; the same axes. */
  readonly scores: Float64Array;
  /** `[10 IoU thresholds, categories, 4 area ranges, limits]`. */
  readonly recall: Float64Array;
}

const EPSILON = 2 ** -52;
const [T, R, A] = [IOU_THRESHOLDS.length, RECALL_LEVELS.length, AREA_RANGES.length];

/** Precision and recall over all images, from the matches of each category by image. */
export function accumulate(
  categories: readonly ReadonlyMap<ImageId, Matches>[],
  limits: readonly number[],
): CocoArrays {
  const [K, M] = [categories.length, limits.length];
  const precision = new Float64Array(T * R * K * A * M).fill(-1);
  const scores = new Float64Array(precision.length).fill(-1);
  const recall = new Float64Array(T * K * A * M).fill(-1);
  for (const [k, byImage] of categories.entries()) {
    const detections = sorted(byImage);
    for (let a = 0; a < A; a++) {
      const objects = detections.parts.reduce((sum, part) => sum + part.objects[a], 0);
      if (objects === 0) continue;
      for (const [m, limit] of limits.entries()) {
        for (let t = 0; t < T; t++) {
          const curve = precisionAt(detections, a, limit, t, objects);
          recall[((t * K + k) * A + a) * M + m] = curve.recall;
          for (let r = 0; r < R; r++) {
            const at = (((t * R + r) * K + k) * A + a) * M + m;
            precision[at] = curve.precision[r];
            scores[at] = curve.scores[r];
          }
        }
      }
    }
  }
  return { precision, scores, recall };
}

/** Detections of one category in all images, best first. */
interface Sorted {
  readonly parts: readonly Matches[];
  readonly scores: Float64Array;
  /** Place of each detection in its own image. */
  readonly ranks: Int32Array;
  readonly matched: readonly Uint16Array[];
  readonly ignored: readonly Uint16Array[];
}

function sorted(byImage: ReadonlyMap<ImageId, Matches>): Sorted {
  const parts = [...byImage].sort(([a], [b]) => compareImageIds(a, b)).map(([, matches]) => matches);
  const places = parts.flatMap((part, p) => Array.from(part.scores, (score, rank) => ({ score, p, rank })));
  places.sort((a, b) => b.score - a.score); // stable: equal scores keep the order of images
  const masks = (of: (part: Matches) => readonly Uint16Array[]): Uint16Array[] =>
    AREA_RANGES.map((_, a) => Uint16Array.from(places, ({ p, rank }) => of(parts[p])[a][rank]));
  return {
    parts,
    scores: Float64Array.from(places, ({ score }) => score),
    ranks: Int32Array.from(places, ({ rank }) => rank),
    matched: masks(({ matched }) => matched),
    ignored: masks(({ ignored }) => ignored),
  };
}

/** Precision at each recall level, as the largest precision at that recall or beyond. */
function precisionAt(
  { scores, ranks, matched, ignored }: Sorted,
  area: number,
  limit: number,
  threshold: number,
  objects: number,
): { precision: Float64Array; scores: Float64Array; recall: number } {
  const bit = 1 << threshold;
  const recalls: number[] = [];
  const precisions: number[] = [];
  const at: number[] = [];
  let right = 0;
  let wrong = 0;
  for (let i = 0; i < scores.length; i++) {
    if (ranks[i] >= limit) continue;
    if (!(ignored[area][i] & bit)) {
      if (matched[area][i] & bit) right += 1;
      else wrong += 1;
    }
    recalls.push(right / objects);
    precisions.push(right / (wrong + right + EPSILON));
    at.push(scores[i]);
  }
  for (let i = precisions.length - 1; i > 0; i--) {
    if (precisions[i] > precisions[i - 1]) precisions[i - 1] = precisions[i];
  }
  const levels = { precision: new Float64Array(R), scores: new Float64Array(R) };
  let i = 0;
  for (const [r, level] of RECALL_LEVELS.entries()) {
    while (i < recalls.length && recalls[i] < level) i += 1;
    if (i === recalls.length) break;
    levels.precision[r] = precisions[i];
    levels.scores[r] = at[i];
  }
  return { ...levels, recall: recalls.at(-1) ?? 0 };
}
