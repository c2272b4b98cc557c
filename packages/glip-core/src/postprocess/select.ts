import { DetectionError } from '../errors.ts';
import { sigmoid } from './aggregate.ts';
import { decodeBoxes } from './box-coder.ts';

const f32 = Math.fround;

/** Outputs of one pyramid level for one image; N locations (times anchors), C phrases. */
export interface LevelOutput {
  /** [N, C], token probabilities aggregated to phrases, 0 to 1. */
  readonly scores: Float32Array;
  /** [N, 4]: dx, dy, dw, dh. */
  readonly deltas: Float32Array;
  /** [N], logits. */
  readonly centerness: Float32Array;
  /** [N, 4], pixels of the resized image. */
  readonly anchors: Float32Array;
}

/** Boxes, each with a score and a phrase, before or after suppression. */
export interface Candidates {
  /** [n, 4]: x1, y1, x2, y2, pixels of the resized image, clipped to it. */
  readonly boxes: Float32Array;
  /** [n], sqrt(phrase score x centerness). */
  readonly scores: Float32Array;
  /** [n], column of the phrase, from 0. */
  readonly labels: Int32Array;
  /** [n], row of the location among the rows of all levels. */
  readonly locations: Int32Array;
}

export interface SelectOptions {
  /** Minimum score, exclusive and before centerness, of a candidate phrase at a location. */
  readonly inferenceThreshold: number;
  /** Candidates kept per level. */
  readonly preNmsTopN: number;
  /** [height, width] of the resized image without padding, pixels. */
  readonly imageSize: readonly [height: number, width: number];
  /** Minimum final score, exclusive: one number, or one per phrase. */
  readonly threshold?: number | readonly number[] | undefined;
}

/**
 * Candidates of all levels: per level, phrases above the threshold are ranked by score x centerness, and the best are
 * decoded and clipped. Spec §3.5; `ATSSPostProcessor.forward_for_single_feature_map` of the original.
 *
 * @param levels       finest first
 * @param phraseCount  C
 * @returns            level by level, best first; equal ranks in the order of location, then phrase
 * @throws DetectionError if an output is not finite, an array has the wrong length, or a threshold is invalid
 */
export function selectCandidates(
  levels: readonly LevelOutput[],
  phraseCount: number,
  options: SelectOptions,
): Candidates {
  const finalThresholds = thresholdsPerPhrase(options.threshold, phraseCount);
  let base = 0;
  const parts = levels.map((level, index) => {
    checkLevel(level, index, phraseCount);
    const part = selectFromLevel(level, base, phraseCount, finalThresholds, options);
    base += level.centerness.length;
    return part;
  });
  return {
    boxes: Float32Array.from(parts.flatMap(({ boxes }) => [...boxes])),
    scores: Float32Array.from(parts.flatMap(({ scores }) => [...scores])),
    labels: Int32Array.from(parts.flatMap(({ labels }) => [...labels])),
    locations: Int32Array.from(parts.flatMap(({ locations }) => [...locations])),
  };
}

/** The candidates at the given positions, in that order. */
export function pickCandidates(candidates: Candidates, positions: ArrayLike<number>): Candidates {
  const picked = Array.from(positions);
  return {
    boxes: Float32Array.from(picked.flatMap((n) => [...candidates.boxes.subarray(4 * n, 4 * n + 4)])),
    scores: Float32Array.from(picked, (n) => candidates.scores[n] ?? 0),
    labels: Int32Array.from(picked, (n) => candidates.labels[n] ?? 0),
    locations: Int32Array.from(picked, (n) => candidates.locations[n] ?? 0),
  };
}

function selectFromLevel(
  level: LevelOutput,
  base: number,
  phraseCount: number,
  finalThresholds: readonly number[] | undefined,
  options: SelectOptions,
): Candidates {
  const threshold = f32(options.inferenceThreshold);
  const found: { entry: number; rank: number }[] = [];
  level.scores.forEach((score, entry) => {
    if (!(score > threshold)) return;
    const rank = f32(score * sigmoid(level.centerness[Math.floor(entry / phraseCount)] ?? 0));
    const final = finalThresholds?.[entry % phraseCount];
    if (final === undefined || f32(Math.sqrt(rank)) > final) found.push({ entry, rank });
  });
  found.sort((a, b) => b.rank - a.rank);
  found.length = Math.min(found.length, options.preNmsTopN);

  const rows = found.map(({ entry }) => Math.floor(entry / phraseCount));
  const boxes = decodeBoxes(takeRows(level.deltas, rows), takeRows(level.anchors, rows));
  const [height, width] = options.imageSize;
  return {
    boxes: boxes.map((value, i) => Math.min(Math.max(value, 0), (i % 2 === 0 ? width : height) - 1)),
    scores: Float32Array.from(found, ({ rank }) => Math.sqrt(rank)),
    labels: Int32Array.from(found, ({ entry }) => entry % phraseCount),
    locations: Int32Array.from(rows, (row) => base + row),
  };
}

function takeRows(values: Float32Array, rows: readonly number[]): Float32Array {
  const taken = new Float32Array(rows.length * 4);
  rows.forEach((row, i) => {
    taken.set(values.subarray(4 * row, 4 * row + 4), 4 * i);
  });
  return taken;
}

function thresholdsPerPhrase(
  threshold: number | readonly number[] | undefined,
  phraseCount: number,
): readonly number[] | undefined {
  if (threshold === undefined) return undefined;
  const each = typeof threshold === 'number' ? Array<number>(phraseCount).fill(threshold) : threshold;
  if (each.length !== phraseCount) {
    throw new DetectionError(
      `detections: ${each.length} thresholds, expected ${phraseCount}, one per phrase`,
    );
  }
  const wrong = each.find((value) => !(value >= 0 && value <= 1));
  if (wrong !== undefined) {
    throw new DetectionError(`detections: a threshold is ${wrong}, expected a score from 0 to 1`);
  }
  return each.map(f32);
}

/** @throws DetectionError if an output is not finite, or an array has the wrong length */
export function checkLevel(level: LevelOutput, index: number, phraseCount: number): void {
  const rows = level.centerness.length;
  const lengths = {
    scores: rows * phraseCount,
    deltas: 4 * rows,
    centerness: rows,
    anchors: 4 * rows,
  };
  for (const name of ['scores', 'deltas', 'centerness', 'anchors'] as const) {
    const values = level[name];
    if (values.length !== lengths[name]) {
      throw new DetectionError(
        `detections: level ${index} has ${values.length} ${name}, expected ${lengths[name]} for ${rows} locations`,
      );
    }
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) {
      throw new DetectionError(
        `detections: ${name} of level ${index} hold ${values[at]} at index ${at}: the model's output is unusable; ` +
          'are the weights of this model intact?',
      );
    }
  }
}
