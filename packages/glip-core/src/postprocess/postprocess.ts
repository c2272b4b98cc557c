import { nonMaximumSuppression } from './nms.ts';
import {
  type Candidates,
  type LevelOutput,
  pickCandidates,
  type SelectOptions,
  selectCandidates,
} from './select.ts';

export interface PostprocessOptions extends SelectOptions {
  /** Maximum intersection over union of two kept boxes of one phrase. */
  readonly nmsThreshold: number;
  /** Maximum number of detections; ties with the last score are kept. 0 keeps all. */
  readonly detectionsPerImage: number;
  /** Label of each phrase, from 0: boxes of one label suppress each other. By default each phrase is its own label. */
  readonly labelOfPhrase?: readonly number[] | undefined;
}

/**
 * Detections from a model's outputs for one image: selection, decoding, suppression and the limit of spec §3.5.
 * Runs on the CPU, so it can be repeated with other thresholds on the same outputs.
 *
 * @param levels       finest first
 * @param phraseCount  columns of the scores
 * @returns            best first, in pixels of the resized image
 * @throws DetectionError if an output is not finite, an array has the wrong length, or a threshold is invalid
 */
export function postprocess(
  levels: readonly LevelOutput[],
  phraseCount: number,
  options: PostprocessOptions,
): Candidates {
  const candidates = selectCandidates(levels, phraseCount, options);
  const { boxes, scores, labels } = candidates;
  const { labelOfPhrase, nmsThreshold } = options;
  const owners = labelOfPhrase ? labels.map((phrase) => labelOfPhrase[phrase]) : labels;
  const kept = nonMaximumSuppression(boxes, scores, owners, nmsThreshold);
  const byScore = Array.from(kept).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const best = limitDetections(
    byScore.map((n) => scores[n] ?? 0),
    options.detectionsPerImage,
  );
  return pickCandidates(candidates, byScore.slice(0, best));
}

/**
 * Number of detections to keep: the limit, plus any that tie with the last one.
 *
 * @param scores  descending
 * @param limit   0 keeps all
 */
export function limitDetections(scores: readonly number[], limit: number): number {
  if (limit <= 0 || scores.length <= limit) return scores.length;
  const lowest = scores[limit - 1] ?? 0;
  const below = scores.findIndex((score) => score < lowest);
  return below < 0 ? scores.length : below;
}

/**
 * Boxes scaled from one image size to another, in f32; spec §3.6, `BoxList.resize` of the original.
 *
 * @param boxes  [N, 4]
 * @param from   [height, width] that the boxes are in, pixels
 * @param to     [height, width] wanted, pixels
 * @returns      [N, 4]
 */
export function rescaleBoxes(
  boxes: Float32Array,
  from: readonly [height: number, width: number],
  to: readonly [height: number, width: number],
): Float32Array {
  const ratios = [to[1] / from[1], to[0] / from[0]].map(Math.fround);
  return boxes.map((value, i) => value * (ratios[i % 2] ?? 1));
}
