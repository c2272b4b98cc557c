import type { StepLine } from './log-lines.ts';
import type { RunLog } from './run-log.ts';

const LAST_LINES = 10;

/** A run in numbers. */
export interface RunFigures {
  /** Steps taken. */
  readonly step: number;
  /** Of the whole run; undefined before the first step. */
  readonly total: number | undefined;
  /** Highest value of the first metric. */
  readonly best: { readonly metric: string; readonly step: number; readonly value: number } | undefined;
  /** Mean of the last lines of the last phase. */
  readonly loss: number | undefined;
  readonly trainingSeconds: number;
  readonly evaluationSeconds: number;
  readonly savingSeconds: number;
  readonly evaluations: number;
  readonly checkpoints: number;
  readonly stepsPerSecond: number | undefined;
  readonly picturesPerSecond: number | undefined;
  /** 0 to 1 */
  readonly waitingShare: number | undefined;
  readonly skipped: number;
}

/** Totals and means of a run; the time of steps that were lost is not counted. */
export function runFigures({ steps, evaluations, checkpoints }: RunLog): RunFigures {
  const seconds = sum(steps, (line) => line.seconds);
  const perSecond = (of: (line: StepLine) => number): number | undefined =>
    seconds > 0 ? sum(steps, of) / seconds : undefined;
  const last = steps.at(-1);
  const recent = steps
    .slice(-LAST_LINES)
    .flatMap(({ phase, loss }) => (phase === last?.phase && typeof loss === 'number' ? [loss] : []));
  return {
    step: last?.step ?? 0,
    total: last?.steps,
    best: bestOf(evaluations),
    loss: recent.length === 0 ? undefined : sum(recent, (loss) => loss) / recent.length,
    trainingSeconds: seconds,
    evaluationSeconds: sum(evaluations, (line) => line.seconds),
    savingSeconds: sum(checkpoints, (line) => line.seconds),
    evaluations: evaluations.length,
    checkpoints: checkpoints.length,
    stepsPerSecond: perSecond(({ count }) => count),
    picturesPerSecond: perSecond((line) => (line.picturesPerSecond ?? 0) * line.seconds),
    waitingShare: perSecond((line) => (line.waitingShare ?? 0) * line.seconds),
    skipped: sum(steps, ({ skipped }) => skipped),
  };
}

function bestOf(evaluations: RunLog['evaluations']): RunFigures['best'] {
  const metric = Object.keys(evaluations[0]?.metrics ?? {}).at(0);
  if (metric === undefined) return undefined;
  let best: RunFigures['best'];
  for (const { step, metrics } of evaluations) {
    const value = metrics[metric];
    if (typeof value === 'number' && value > (best?.value ?? Number.NEGATIVE_INFINITY))
      best = { metric, step, value };
  }
  return best;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + (of(item) || 0), 0);
}
