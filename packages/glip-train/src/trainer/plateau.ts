import type { SchedulePlan } from './training-plan.ts';

/** Evaluations of a phase whose learning rate falls when they get no better. */
export interface Plateau {
  readonly best: number;
  /** Evaluations since the best one, or since the last drop. */
  readonly bad: number;
  /** Times that the learning rate has fallen. */
  readonly drops: number;
}

/** Before the first evaluation. */
export const NO_PLATEAU: Plateau = { best: Number.NEGATIVE_INFINITY, bad: 0, drops: 0 };

const THRESHOLD = 1e-4; // of the best value, below which a better one does not count
const PATIENCE = 3;
const FACTOR = 0.1;
const LOWEST = 0.01;

/**
 * The state after one more evaluation, as PyTorch's ReduceLROnPlateau with mode `max` has it. A value of exactly 0 counts
 * for nothing, as in the original. Spec 4.8.
 */
export function afterEvaluation(
  before: Plateau,
  value: number,
  { patience = PATIENCE }: SchedulePlan,
): Plateau {
  if (value === 0) return before;
  if (value > before.best * (1 + THRESHOLD)) return { ...before, best: value, bad: 0 };
  const bad = before.bad + 1;
  return bad > patience ? { ...before, bad: 0, drops: before.drops + 1 } : { ...before, bad };
}

/** Factor of the learning rates, beside that of the steps. */
export function plateauFactor(
  { drops }: Plateau,
  { kind, factor = FACTOR, endFactor = LOWEST }: SchedulePlan,
): number {
  return kind === 'plateau' ? Math.max(endFactor, factor ** drops) : 1;
}
