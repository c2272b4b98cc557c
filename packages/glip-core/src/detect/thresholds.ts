import { DetectionError } from '../errors.ts';
import type { Target } from '../prompt/prompt-input.ts';

/**
 * Smallest scores, exclusive, 0 to 1: one for all labels without their own, or a list of one for each label in the
 * order of the prompt, or by label, as an object or a Map.
 */
export type Thresholds =
  | number
  | readonly number[]
  | ReadonlyMap<string, number>
  | Readonly<Record<string, number>>;

const DEFAULT = 0.4;

/**
 * The smallest score of each target: that of the list or of its label; else the one that the prompt gives it; else
 * the number, or 0.4.
 *
 * @throws DetectionError for a score outside of 0 to 1, a list of another length, or a label that is not in the prompt
 */
export function thresholdsOf(thresholds: Thresholds = DEFAULT, targets: readonly Target[]): number[] {
  if (Array.isArray(thresholds)) {
    if (thresholds.length !== targets.length) {
      throw new DetectionError(
        `detections: ${thresholds.length} thresholds, expected ${targets.length}, one for each label of the prompt`,
      );
    }
    return thresholds.map((value) => checked(value, 'a threshold'));
  }
  if (typeof thresholds !== 'object' || thresholds === null) {
    const common = checked(thresholds, 'the threshold');
    return targets.map(({ threshold = common }) => threshold);
  }
  const byLabel = new Map<string, number>(
    thresholds instanceof Map ? thresholds : Object.entries(thresholds as Readonly<Record<string, number>>),
  );
  const labels = new Set(targets.flatMap(({ label, duplicates }) => [label, ...duplicates]));
  for (const [label, value] of byLabel) {
    checked(value, `the threshold of ${JSON.stringify(label)}`);
    if (!labels.has(label)) {
      throw new DetectionError(
        `detections: a threshold for ${JSON.stringify(label)}, which the prompt has not`,
      );
    }
  }
  return targets.map(({ label, duplicates, threshold = DEFAULT }) => {
    const named = [label, ...duplicates].find((name) => byLabel.has(name));
    return named === undefined ? threshold : (byLabel.get(named) as number);
  });
}

function checked(value: unknown, what: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new DetectionError(`detections: ${what} is ${String(value)}, expected a score from 0 to 1`);
}
