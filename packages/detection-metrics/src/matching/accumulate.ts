import type { ImageId } from '../types.ts';
import { type CategoryDetections, NOT_EVALUATED } from './category-detections.ts';
import { compareIds } from './id-order.ts';
import { IGNORED_SHIFT } from './match.ts';
import type { Outcomes } from './outcomes.ts';
import { AREA_RANGES, IOU_THRESHOLDS, RECALL_LEVELS } from './parameters.ts';
import { byScore } from './sort.ts';

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

/**
 * Precision and recall over all images.
 *
 * @param images  ids, in the order in which images were added
 * @param limits  ascending limits of detections for each image and category
 */
export function accumulate(
  categories: readonly CategoryDetections[],
  outcomes: Outcomes,
  images: readonly ImageId[],
  limits: readonly number[],
): CocoArrays {
  const [K, M] = [categories.length, limits.length];
  const precision = new Float64Array(T * R * K * A * M).fill(-1);
  const scores = new Float64Array(precision.length).fill(-1);
  const recall = new Float64Array(T * K * A * M).fill(-1);
  const imageRanks = ranksOf(images);
  const levels: Levels = { precision: new Float64Array(R), scores: new Float64Array(R) };
  for (const [k, category] of categories.entries()) {
    if (category.objects.every((count) => count === 0)) continue;
    const all = evaluatedBestFirst(category, imageRanks);
    for (const [m, limit] of limits.entries()) {
      const within = withinLimit(all, limit);
      for (let a = 0; a < A; a++) {
        if (category.objects[a] === 0) continue;
        const words = wordsOf(within.codes, outcomes, a);
        for (let t = 0; t < T; t++) {
          const curve = { words, scores: within.scores, objects: category.objects[a], t };
          recall[((t * K + k) * A + a) * M + m] = readLevels(curve, levels);
          for (let r = 0; r < R; r++) {
            const at = (((t * R + r) * K + k) * A + a) * M + m;
            precision[at] = levels.precision[r];
            scores[at] = levels.scores[r];
          }
        }
      }
    }
  }
  return { precision, scores, recall };
}

/** Rank of each image in the order of ids. */
function ranksOf(images: readonly ImageId[]): Uint32Array {
  const order = [...images.keys()].sort((a, b) => compareIds(images[a], images[b]));
  const ranks = new Uint32Array(images.length);
  for (const [rank, image] of order.entries()) ranks[image] = rank;
  return ranks;
}

interface BestFirst {
  readonly scores: Float64Array;
  readonly codes: Uint32Array;
  /** Place of each detection among those of its image, best first. */
  readonly places: Uint32Array;
}

/** Detections in descending order of score; equal scores in the order of images, then of arrival. */
function evaluatedBestFirst(category: CategoryDetections, imageRanks: Uint32Array): BestFirst {
  const { images } = category;
  const byImage = evaluatedByImage(category, imageRanks);
  const n = byImage.length;
  const given = new Float64Array(n);
  for (let i = 0; i < n; i++) given[i] = category.scores[byImage[i]];
  const order = byScore(given);
  const sorted = { scores: given.slice(), codes: new Uint32Array(n), places: new Uint32Array(n) };
  const seen = new Uint32Array(imageRanks.length);
  for (let i = 0; i < n; i++) {
    const at = byImage[order[i]];
    sorted.scores[i] = category.scores[at];
    sorted.codes[i] = category.codes[at];
    sorted.places[i] = seen[images[at]]++;
  }
  return sorted;
}

/** Indices of the evaluated detections by ascending image id; those of an image in order of arrival. */
function evaluatedByImage({ length, codes, images }: CategoryDetections, ranks: Uint32Array): Uint32Array {
  const indices = new Uint32Array(length);
  let n = 0;
  let ascending = true;
  for (let i = 0; i < length; i++) {
    if (codes[i] === NOT_EVALUATED) continue;
    if (n > 0 && ranks[images[indices[n - 1]]] > ranks[images[i]]) ascending = false;
    indices[n++] = i;
  }
  const evaluated = indices.subarray(0, n);
  return ascending ? evaluated : evaluated.sort((a, b) => ranks[images[a]] - ranks[images[b]] || a - b);
}

/** The detections whose place in their image is below a limit. */
function withinLimit(all: BestFirst, limit: number): BestFirst {
  const n = all.places.length;
  const scores = new Float64Array(n);
  const codes = new Uint32Array(n);
  let kept = 0;
  for (let i = 0; i < n; i++) {
    if (all.places[i] >= limit) continue;
    scores[kept] = all.scores[i];
    codes[kept++] = all.codes[i];
  }
  return { scores: scores.subarray(0, kept), codes: codes.subarray(0, kept), places: all.places };
}

/** Outcomes for one area range. */
function wordsOf(codes: Uint32Array, outcomes: Outcomes, a: number): Uint32Array {
  const all = outcomes.words;
  const words = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) words[i] = all[codes[i] * A + a];
  return words;
}

interface Curve {
  readonly words: Uint32Array;
  readonly scores: Float64Array;
  /** Objects to find, at least one. */
  readonly objects: number;
  /** Index of the IoU threshold. */
  readonly t: number;
}

interface Levels {
  readonly precision: Float64Array;
  readonly scores: Float64Array;
}

/**
 * Writes the precision at each recall level, which is the largest precision at that recall or beyond, and the score that
 * reaches it; returns the recall at the end. Only matched detections raise recall or precision, and the first one reaches
 * recall 0.
 */
function readLevels({ words, scores, objects, t }: Curve, levels: Levels): number {
  const [matched, ignored] = [1 << t, 1 << (t + IGNORED_SHIFT)];
  levels.precision.fill(0);
  levels.scores.fill(0);
  let right = 0;
  let wrong = 0;
  let level = 0; // levels below are reached
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word & ignored) {
      if (i > 0) continue;
    } else if (word & matched) right += 1;
    else {
      wrong += 1;
      if (i > 0) continue;
    }
    const precision = right / (wrong + right + EPSILON);
    const recall = right / objects;
    while (level < R && RECALL_LEVELS[level] <= recall) {
      levels.precision[level] = precision;
      levels.scores[level] = scores[i];
      level += 1;
    }
    // A later precision counts for the last level reached, and from there for those before it.
    if (level > 0 && levels.precision[level - 1] < precision) levels.precision[level - 1] = precision;
  }
  for (let r = level - 1; r > 0; r--) {
    if (levels.precision[r] > levels.precision[r - 1]) levels.precision[r - 1] = levels.precision[r];
  }
  return right / objects;
}
