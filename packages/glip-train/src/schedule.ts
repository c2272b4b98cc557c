import type { ParameterGroup } from './adamw/adamw.ts';

export interface ScheduleOptions {
  /** Steps of the warm-up. */
  readonly warmupSteps: number;
  /** What the warm-up starts from. */
  readonly warmupFactor: number;
  /** Steps after which the rate is multiplied by `gamma`, ascending. */
  readonly milestones: readonly number[];
  /** 0.1 unless given. */
  readonly gamma?: number;
}

/** Factor of the learning rate at a step, counted from 0: linear warm-up, then a drop at each milestone. Spec 4.7. */
export function multiStepSchedule(options: ScheduleOptions): (step: number) => number {
  const { warmupSteps, warmupFactor, milestones, gamma = 0.1 } = options;
  return (step) => {
    const passed = milestones.filter((milestone) => step >= milestone).length;
    const warm = step >= warmupSteps ? 1 : warmupFactor + ((1 - warmupFactor) * step) / warmupSteps;
    return warm * gamma ** passed;
  };
}

export interface GroupOptions {
  readonly rate: number;
  /** Of the text encoder. */
  readonly languageRate: number;
  readonly weightDecay: number;
}

const BIAS_FACTOR = 2;

/**
 * How GLIP trains a parameter, by its checkpoint name. The original doubles the rate of everything that has "bias" in its
 * name, and decays none of it: relative position tables too. Spec 4.7.
 */
export function glipGroups({
  rate,
  languageRate,
  weightDecay,
}: GroupOptions): (name: string) => ParameterGroup {
  return (name) => {
    const base = name.includes('language_backbone') ? languageRate : rate;
    return name.includes('bias') ? { rate: BIAS_FACTOR * base, weightDecay: 0 } : { rate: base, weightDecay };
  };
}
