import type { Span } from '@glip-wgpu/bert';
import type { PromptPlan } from '../prompt/plan-prompt.ts';

/** Outcome for one requested label. */
export interface LabelReport {
  readonly label: string;
  /** Number of detections. */
  readonly found: number;
  /** Best score anywhere in the image, above the threshold or not. */
  readonly bestScore: number;
  readonly threshold: number;
  /** Reason why nothing was found, as a sentence; undefined if something was. */
  readonly missing?: string | undefined;
  /** Phrases that the model searched for this label: one, or one per name. */
  readonly phrases: readonly {
    /** UTF-16 `[start, end)` in the prompt. */
    readonly span: Span;
    /** Pass of the prompt, from 0. */
    readonly chunk: number;
    /** Word pieces as the model reads them; `[UNK]` is a word that its vocabulary lacks. */
    readonly pieces: readonly string[];
    readonly bestScore: number;
  }[];
  /** Labels given later that were merged into this one. */
  readonly duplicates: readonly string[];
}

export interface ReportInput {
  readonly plan: PromptPlan;
  /** Best score of each phrase, by chunk. */
  readonly best: readonly Float32Array[];
  /** By target. */
  readonly thresholds: readonly number[];
  /** By target. */
  readonly counts: readonly number[];
  readonly inferenceThreshold: number;
}

/** Reports of the plan's targets, in order. */
export function labelReports({
  plan,
  best,
  thresholds,
  counts,
  inferenceThreshold,
}: ReportInput): LabelReport[] {
  const phrasesOf = plan.targets.map((): LabelReport['phrases'][number][] => []);
  for (const [chunk, { phrases }] of plan.chunks.entries()) {
    for (const [i, { target, span, pieces }] of phrases.entries()) {
      phrasesOf[target].push({ span, chunk, pieces, bestScore: best[chunk][i] });
    }
  }
  return plan.targets.map(({ label, duplicates }, target): LabelReport => {
    const phrases = phrasesOf[target];
    const bestScore = phrases.reduce((most, phrase) => Math.max(most, phrase.bestScore), 0);
    const report = {
      label,
      found: counts[target],
      bestScore,
      threshold: thresholds[target],
      phrases,
      duplicates,
    };
    return report.found > 0 ? report : { ...report, missing: reasonOf(report, inferenceThreshold) };
  });
}

function reasonOf({ phrases, bestScore, threshold }: LabelReport, inferenceThreshold: number): string {
  if (phrases.length === 0) return 'it was not searched for';
  const unknown = phrases.every(({ pieces }) => pieces.includes('[UNK]'));
  const because = unknown ? '; it contains a word that is not in the vocabulary' : '';
  if (bestScore <= threshold) {
    return `best score ${bestScore.toFixed(3)} does not exceed the threshold ${threshold.toFixed(3)}${because}`;
  }
  if (bestScore <= Math.sqrt(inferenceThreshold)) {
    return `best score ${bestScore.toFixed(3)} is too low: the model drops phrases that score at most ${inferenceThreshold} before centerness`;
  }
  return `best score ${bestScore.toFixed(3)}, but other detections take precedence`;
}
