import { ShapeError } from '../errors.ts';

/** Factor of the learning rates at a step, counted from 0. Steps take it as a tensor of one element. */
export type Schedule = (step: number) => number;

export interface WarmupOptions {
  /** Steps of the warm-up; none by default. */
  readonly warmupSteps?: number;
  /** Factor at the first step; 0.001 by default. */
  readonly warmupFactor?: number;
}

export interface MultiStepOptions extends WarmupOptions {
  /** Steps at which the factor is multiplied by `gamma`. */
  readonly milestones: readonly number[];
  /** 0.1 by default. */
  readonly gamma?: number;
}

/** Linear warm-up, then a drop at each milestone. */
export function multiStepSchedule({ milestones, gamma = 0.1, ...warmup }: MultiStepOptions): Schedule {
  const warm = warmupSchedule(warmup);
  return (step) => warm(step) * gamma ** milestones.filter((milestone) => step >= milestone).length;
}

export interface DecayOptions extends WarmupOptions {
  /** Total number of steps, warm-up included. */
  readonly steps: number;
  /** Factor at the last step and after it; 0 by default. */
  readonly endFactor?: number;
}

/** Linear warm-up, then cosine decay to `endFactor`. https://arxiv.org/abs/1608.03983 */
export function cosineSchedule(options: DecayOptions): Schedule {
  return decaySchedule(options, (progress) => 0.5 + 0.5 * Math.cos(Math.PI * progress));
}

/** Linear warm-up, then linear decay to `endFactor`. */
export function linearSchedule(options: DecayOptions): Schedule {
  return decaySchedule(options, (progress) => 1 - progress);
}

/** Linear warm-up from `warmupFactor`, then 1. */
export function warmupSchedule({ warmupSteps = 0, warmupFactor = 0.001 }: WarmupOptions): Schedule {
  if (!(warmupSteps >= 0)) throw new ShapeError(`schedule: ${warmupSteps} warm-up steps, expected 0 or more`);
  return (step) => (step >= warmupSteps ? 1 : warmupFactor + ((1 - warmupFactor) * step) / warmupSteps);
}

function decaySchedule(options: DecayOptions, shape: (progress: number) => number): Schedule {
  const { steps, endFactor = 0, ...warmup } = options;
  const start = warmup.warmupSteps ?? 0;
  if (!(steps > start))
    throw new ShapeError(`schedule: ${steps} steps, expected more than the ${start} warm-up steps`);
  const warm = warmupSchedule(warmup);
  return (step) => {
    const progress = Math.min(1, Math.max(0, (step - start) / Math.max(1, steps - 1 - start)));
    return warm(step) * (endFactor + (1 - endFactor) * shape(progress));
  };
}
