import type { CheckpointEvent, PhaseEvent, StepEvent, TrainingEvent } from '@glip-wgpu/glip-train';

/** A start of a run: its first, or one that resumes it. */
export interface RunStart {
  readonly adapter: string;
  readonly model: string;
  readonly data: string;
  readonly seed: number;
  /** The command line. */
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Steps taken before: those of the checkpoint; 0 for a new run. */
  readonly step: number;
}

export interface RunLine extends RunStart {
  readonly kind: 'run';
  /** ISO 8601. */
  readonly date: string;
}

/** Means over the steps since the line before. Numbers are null if every one of these steps was skipped. */
export interface StepLine {
  readonly kind: 'step';
  readonly phase: string;
  /** The last of these steps. */
  readonly step: number;
  /** Of the whole run. */
  readonly steps: number;
  /** Number of these steps. */
  readonly count: number;
  readonly loss: number | null;
  readonly losses: Readonly<Record<string, number | null>>;
  readonly gradientNorm: number | null;
  /** Of the last step. */
  readonly learningRate: number;
  /** Number of steps that changed nothing, as their gradients were not finite; the means are without them. */
  readonly skipped: number;
  readonly picturesPerSecond: number | null;
  /** Share of the time that was spent waiting for batches, 0 to 1. */
  readonly waitingShare: number | null;
  /** Duration of these steps. */
  readonly seconds: number;
  /** ISO 8601. */
  readonly time: string;
}

export interface EvaluationLine {
  readonly kind: 'evaluation';
  readonly step: number;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly seconds: number;
  /** True if the first metric is higher than at all evaluations before. */
  readonly best: boolean;
  readonly time: string;
}

export interface PhaseLine extends PhaseEvent {
  readonly time: string;
}

export interface CheckpointLine extends CheckpointEvent {
  readonly time: string;
}

/** A line of metrics.jsonl. */
export type LogLine = RunLine | StepLine | EvaluationLine | PhaseLine | CheckpointLine;

/** Turns events into lines: several steps into one line, every other event into a line of its own. */
export class LineMaker {
  readonly #every: number;
  #steps: StepEvent[] = [];

  /** @param every  steps of a line */
  constructor(every: number) {
    this.#every = every;
  }

  /** @param time  ISO 8601 */
  add(event: TrainingEvent, time: string): LogLine[] {
    if (event.kind === 'step') {
      const before = this.#steps.at(-1)?.phase === event.phase ? [] : this.flush(time);
      this.#steps.push(event);
      const full = this.#steps.length >= this.#every || event.step === event.steps;
      return full ? [...before, ...this.flush(time)] : before;
    }
    const line = event.kind === 'evaluation' ? { ...event, metrics: finite(event.metrics) } : event;
    return [...this.flush(time), { ...line, time }];
  }

  /** A line of the steps that have none yet. */
  flush(time: string): StepLine[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps.length === 0 ? [] : [meanOf(steps, time)];
  }
}

function meanOf(events: readonly StepEvent[], time: string): StepLine {
  const { phase, step, steps, learningRate } = events[events.length - 1];
  const taken = events.filter(({ skipped }) => !skipped);
  const seconds = sum(events, (event) => event.seconds);
  const perSecond = (amount: number): number | null => (seconds > 0 ? rounded(amount / seconds) : null);
  const names = new Set(taken.flatMap(({ losses }) => Object.keys(losses)));
  return {
    kind: 'step',
    phase,
    step,
    steps,
    count: events.length,
    loss: mean(taken, ({ loss }) => loss),
    losses: Object.fromEntries([...names].map((name) => [name, mean(taken, ({ losses }) => losses[name])])),
    gradientNorm: mean(taken, ({ gradientNorm }) => gradientNorm),
    learningRate,
    skipped: events.length - taken.length,
    picturesPerSecond: perSecond(sum(events, ({ pictures }) => pictures)),
    waitingShare: perSecond(sum(events, ({ waitingSeconds }) => Math.min(waitingSeconds, seconds))),
    seconds: rounded(seconds),
    time,
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** Mean of the finite values; null without one. */
function mean<T>(items: readonly T[], of: (item: T) => number): number | null {
  const values = items.map(of).filter(Number.isFinite);
  return values.length === 0 ? null : rounded(sum(values, (value) => value) / values.length);
}

function finite(metrics: Readonly<Record<string, number>>): EvaluationLine['metrics'] {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

/** Six digits, which is more than any plot shows. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
