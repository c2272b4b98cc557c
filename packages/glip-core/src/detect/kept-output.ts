import type { GlipConfig } from '../config/config.ts';
import { aggregateScores, sigmoid } from '../postprocess/aggregate.ts';
import { checkLevel, type LevelOutput } from '../postprocess/select.ts';
import type { Phrase } from '../prompt/plan-prompt.ts';

/** Model output for one prompt chunk on one image; N locations over all levels. */
export interface ChunkOutput {
  /** [N, C], C the columns of the pass: columns beyond the chunk's phrases are unused. */
  readonly phraseScores: Float32Array;
  /** [N, T] */
  readonly tokenScores: Float32Array;
  /** [N, 4] */
  readonly deltas: Float32Array;
  /** [N], logits. */
  readonly centerness: Float32Array;
}

/** Rows of a chunk's output that can become detections: a few hundred out of some ten thousand. */
export interface KeptOutput {
  readonly levels: readonly LevelOutput[];
  /** [n, T], n the kept rows of all levels. */
  readonly tokenScores: Float32Array;
  /** T */
  readonly tokens: number;
  /** Best score of each phrase over all locations, kept or not. */
  readonly best: Float32Array;
}

/**
 * Keeps the locations where a phrase scores above the model's inference threshold; no other location can become a
 * detection, whatever threshold is applied later.
 *
 * @param anchors  of each level, [n, 4]
 * @throws DetectionError if an output is not finite
 */
export function keepCandidates(
  output: ChunkOutput,
  phrases: readonly Phrase[],
  anchors: readonly Float32Array[],
  { detection }: GlipConfig,
): KeptOutput {
  const locations = output.centerness.length;
  const tokens = output.tokenScores.length / locations;
  const phraseScores = scoresOf(output, phrases, tokens, detection.scoreAggregation);
  const count = phrases.length;
  const limit = Math.fround(detection.inferenceThreshold);
  const best = new Float32Array(count);
  const levels: LevelOutput[] = [];
  const kept: number[] = [];
  let start = 0;
  for (const [index, own] of anchors.entries()) {
    const end = start + own.length / 4;
    const scores = phraseScores.subarray(start * count, end * count);
    const centerness = output.centerness.subarray(start, end);
    const level = { scores, centerness, anchors: own, deltas: output.deltas.subarray(4 * start, 4 * end) };
    checkLevel(level, index, count);
    const rows: number[] = [];
    for (const [row, center] of centerness.entries()) {
      const inside = sigmoid(center);
      let above = false;
      for (let phrase = 0; phrase < count; phrase++) {
        const score = scores[row * count + phrase];
        if (score > limit) above = true;
        best[phrase] = Math.max(best[phrase], score * inside);
      }
      if (above) rows.push(row);
    }
    levels.push({
      scores: takeRows(scores, rows, count),
      deltas: takeRows(level.deltas, rows, 4),
      centerness: takeRows(centerness, rows, 1),
      anchors: takeRows(own, rows, 4),
    });
    for (const row of rows) kept.push(start + row);
    start = end;
  }
  return {
    levels,
    tokens,
    tokenScores: takeRows(output.tokenScores, kept, tokens),
    best: best.map(Math.sqrt),
  };
}

/** [N, phrases] */
function scoresOf(
  { phraseScores, tokenScores, centerness }: ChunkOutput,
  phrases: readonly Phrase[],
  tokens: number,
  aggregation: GlipConfig['detection']['scoreAggregation'],
): Float32Array {
  const members = phrases.map((phrase) => phrase.tokens);
  if (aggregation !== 'MEAN') return aggregateScores(tokenScores, tokens, members, aggregation);
  const columns = phraseScores.length / centerness.length;
  if (columns === phrases.length) return phraseScores;
  const own = new Float32Array(centerness.length * phrases.length);
  for (let row = 0; row < centerness.length; row++) {
    own.set(phraseScores.subarray(row * columns, row * columns + phrases.length), row * phrases.length);
  }
  return own;
}

function takeRows(values: Float32Array, rows: readonly number[], columns: number): Float32Array {
  const taken = new Float32Array(rows.length * columns);
  for (const [i, row] of rows.entries()) {
    taken.set(values.subarray(row * columns, (row + 1) * columns), i * columns);
  }
  return taken;
}
