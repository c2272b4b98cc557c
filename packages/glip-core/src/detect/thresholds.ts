import { DetectionError } from '../errors.ts';
import type { Target } from '../prompt/prompt-input.ts';

/**
 * Minimum scores, exclusive, 0 to 1: one for all labels without their own, or a list of one per label in prompt
 * order, or by label, as an object or a Map.
 */
export type Thresholds =
  | number
  | readonly number[]
  | ReadonlyMap<string, number>
  | Readonly<Record<string, number>>;

const DEFAULT = 0.4;

/** Thresholds that stay as they are, whatever becomes of those given. */
export function copyOf(thresholds: Thresholds | undefined): Thresholds | undefined {
  if (typeof thresholds !== 'object' || thresholds === null) return thresholds;
  if (Array.isArray(thresholds)) return [...thresholds];
  return thresholds instanceof Map ? new Map(thresholds) : { ...(thresholds as Record<string, number>) };
}

/**
 * Minimum score of each target: from the list or by its label; otherwise the one given in the prompt; otherwise the
 * number, or 0.4.
 *
 * @throws DetectionError for a score outside 0 to 1, a list of the wrong length, or a label that is not in the prompt
 */
export function thresholdsOf(thresholds: Thresholds = DEFAULT, targets: readonly Target[]): number[] {
  if (Array.isArray(thresholds)) {
    if (thresholds.length !== targets.length) {
      throw new DetectionError(
        `detections: ${thresholds.length} thresholds, expected ${targets.length}, one per label of the prompt`,
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
        `detections: a threshold for ${JSON.stringify(label)}, but the prompt has no such label`,
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
