import { PROMPT_ROWS } from '@glip-wgpu/glip-core/network';
import type { Schedule } from '@glip-wgpu/tensor-wgpu';
import { cosineSchedule, linearSchedule, multiStepSchedule, warmupSchedule } from '@glip-wgpu/tensor-wgpu';
import { PlanError } from '../errors.ts';

/** Factor of the learning rates over a phase's steps. */
export interface SchedulePlan {
  readonly kind: 'constant' | 'cosine' | 'linear' | 'multi-step' | 'plateau';
  /** Steps of linear warm-up from 0.001; 0 by default. */
  readonly warmupSteps?: number;
  /** Factor at the end of `cosine` and `linear`, 0 by default; the lowest one of `plateau`, 0.01. */
  readonly endFactor?: number;
  /** Of `cosine`: share of the steps after which the decay begins; 0 by default. */
  readonly holdShare?: number;
  /** Of `multi-step`: shares of the phase's steps at which the factor drops to a tenth. */
  readonly milestones?: readonly number[];
  /** Of `plateau`: evaluations without a better one that are waited for; 3 by default. */
  readonly patience?: number;
  /** Of `plateau`: the rate falls to this share of itself after one more; 0.1 by default. */
  readonly factor?: number;
}

/** Weights of the losses; those that are 0 are not computed. */
export interface LossWeights {
  /** Token alignment, boxes and centerness of the detection head: the original's losses. */
  readonly detection: number;
  /** Token alignment of the feature pyramid with BERT's output, before the tower. */
  readonly pyramid: number;
  /** The same of the first stage's outputs; needs a model with fusion. */
  readonly fusion: number;
  /** Cross entropy of the phrase at positives, a factor of every token loss above. */
  readonly crossEntropy: number;
}

/**
 * - `all`: the whole model
 * - `encoders`: image encoder, feature pyramid and text encoder
 * - `language`: the text encoder, the original's `language_prompt_v1`
 * - `linear`: the layers after the tower, the original's `linear_prob`: 198,919 numbers of GLIP-T
 * - `prompt`: learned rows that are added to the text features, the original's `language_prompt_v2`; the model needs
 *   `text.promptRows`
 * - `prompt+linear`: both, as the original's `language_prompt_v4` was meant
 */
export type TrainedPart = keyof typeof PARTS;

/** Part of a training run with one set of losses, trained parameters and learning rates. */
export interface PhasePlan {
  readonly name: string;
  /** Optimizer steps. */
  readonly steps: number;
  /** A part of the model, or the beginnings of parameter names. */
  readonly trains: TrainedPart | readonly string[];
  /** Beginnings of the names of parameters that stay as they are, for example `backbone.body.patch_embed`. */
  readonly freezes?: readonly string[];
  /** Learning rate, before the schedule. */
  readonly learningRate: number;
  /** Of the text encoder; `learningRate` by default. */
  readonly languageLearningRate?: number;
  readonly weightDecay: number;
  /** Of the rows of prompt tuning, whose numbers are larger than those of weights; the phase's by default. */
  readonly promptRows?: { readonly learningRate: number; readonly weightDecay: number };
  /** Decays vectors such as norm weights too, as the original does; true by default. */
  readonly decayVectors?: boolean;
  readonly schedule: SchedulePlan;
  readonly losses: LossWeights;
}

const LINEAR = [
  ...['bbox_pred.', 'centerness.', 'dot_product_projection_text.'],
  ...['log_scale', 'bias_lang', 'bias0'],
].map((name) => `rpn.head.${name}`);

/** Beginnings of the names of each part's parameters. Spec 4.8. */
const PARTS = {
  all: [''],
  encoders: ['backbone.', 'language_backbone.'],
  language: ['language_backbone.'],
  linear: LINEAR,
  prompt: [PROMPT_ROWS],
  'prompt+linear': [PROMPT_ROWS, ...LINEAR],
} as const;

/** Number formats of a training step. */
export type Precision = (typeof PRECISIONS)[number];

/** All values of `TrainingPlan.precision`. */
export const PRECISIONS = ['f32', 'mixed'] as const;

/** All that the trainer needs to know beside model and data. Plain data. */
export interface TrainingPlan {
  /** Of everything random. */
  readonly seed: number;
  /** One after the other. */
  readonly phases: readonly PhasePlan[];
  /** Maximum global gradient norm; 0 for no limit. */
  readonly clipNorm: number;
  /** Decay of the moving average of the weights, which evaluations and exports use; 0 for none. */
  readonly averageDecay: number;
  /** Dropout, drop path and DropBlock at the original's rates. */
  readonly regularization: boolean;
  /** Recomputes intermediates in the backward pass: less memory, about a quarter more time. */
  readonly recompute: boolean;
  /**
   * `mixed` stores activations that the backward pass reads as f16, which takes less memory and more dispatches: see
   * `halfActivations`. Parameters, optimizer state, losses, gradients and all sums are f32 in either case. `f32` by default.
   */
  readonly precision?: Precision;
  /** Steps between evaluations; 0 for none but the last. */
  readonly evaluateEvery: number;
  /** Steps between checkpoints; 0 for none but the last. */
  readonly saveEvery: number;
}

/** The original's losses alone. */
export const ORIGINAL_LOSSES: LossWeights = { detection: 1, pyramid: 0, fusion: 0, crossEntropy: 0 };

/** @returns true for the parameters that the phase trains, by their names in checkpoints */
export function trainedBy({ trains, freezes = [] }: PhasePlan): (name: string) => boolean {
  const starts = typeof trains === 'string' ? PARTS[trains] : trains;
  return (name) =>
    starts.some((start) => name.startsWith(start)) && !freezes.some((start) => name.startsWith(start));
}

/** The phase's factor of the learning rates, by its step. */
export function scheduleOf({ steps, schedule }: PhasePlan): Schedule {
  const { kind, warmupSteps = 0, endFactor = 0, holdShare = 0, milestones = [] } = schedule;
  const warmup = { warmupSteps: Math.min(warmupSteps, steps - 1) };
  switch (kind) {
    case 'constant':
    case 'plateau': // falls with the evaluations, not with the steps
      return warmupSchedule(warmup);
    case 'linear':
      return linearSchedule({ ...warmup, steps, endFactor });
    case 'multi-step':
      return multiStepSchedule({
        ...warmup,
        milestones: milestones.map((share) => Math.round(share * steps)),
      });
    case 'cosine': {
      const held = Math.max(warmup.warmupSteps, Math.floor(holdShare * steps));
      const warm = warmupSchedule(warmup);
      if (held >= steps - 1) return warm;
      const decay = cosineSchedule({ steps: steps - held, endFactor });
      return (step) => (step < held ? warm(step) : decay(step - held));
    }
  }
}

/** The phase of a step of the run, and the phase's own step. @throws PlanError beyond the last step */
export function phaseAt({ phases }: TrainingPlan, step: number): { index: number; first: number } {
  let first = 0;
  for (const [index, { steps }] of phases.entries()) {
    if (step < first + steps) return { index, first };
    first += steps;
  }
  throw new PlanError('phases', `have ${first} steps, there is no step ${step}`);
}

/** Optimizer steps of all phases. */
export function stepsOf({ phases }: TrainingPlan): number {
  return phases.reduce((sum, { steps }) => sum + steps, 0);
}

/** @throws PlanError that names the field */
export function checkPlan(plan: TrainingPlan): void {
  const number = (field: string, value: unknown, inRange: (x: number) => boolean, range: string): void => {
    if (typeof value === 'number' && Number.isFinite(value) && inRange(value)) return;
    throw new PlanError(field, `is ${JSON.stringify(value)}, expected ${range}`);
  };
  const whole = (from: number) => (x: number) => Number.isSafeInteger(x) && x >= from;
  number('seed', plan.seed, whole(0), 'a whole number from 0');
  number('clipNorm', plan.clipNorm, (x) => x >= 0, 'a number from 0');
  number('averageDecay', plan.averageDecay, (x) => x >= 0 && x < 1, 'from 0 to below 1');
  for (const field of ['evaluateEvery', 'saveEvery'] as const)
    number(field, plan[field], whole(0), 'a whole number from 0');
  const { precision } = plan;
  if (precision !== undefined && !PRECISIONS.includes(precision)) {
    const known = PRECISIONS.join(' or ');
    throw new PlanError('precision', `is ${JSON.stringify(precision)}, expected ${known}`);
  }
  if (plan.phases.length === 0) throw new PlanError('phases', 'are none, expected at least one');
  for (const [i, phase] of plan.phases.entries()) {
    const at = `phases[${i}]`;
    number(`${at}.steps`, phase.steps, whole(1), 'a whole number from 1');
    if (typeof phase.trains === 'string' && !Object.hasOwn(PARTS, phase.trains)) {
      const known = Object.keys(PARTS).join(', ');
      throw new PlanError(
        `${at}.trains`,
        `is ${JSON.stringify(phase.trains)}, expected ${known}, or a list of names`,
      );
    }
    number(`${at}.learningRate`, phase.learningRate, (x) => x >= 0, 'a number from 0');
    number(`${at}.weightDecay`, phase.weightDecay, (x) => x >= 0, 'a number from 0');
    if (phase.languageLearningRate !== undefined)
      number(`${at}.languageLearningRate`, phase.languageLearningRate, (x) => x >= 0, 'a number from 0');
    for (const [name, value] of Object.entries(phase.promptRows ?? {}))
      number(`${at}.promptRows.${name}`, value, (x) => x >= 0, 'a number from 0');
    const weights = Object.entries(phase.losses);
    for (const [name, value] of weights)
      number(`${at}.losses.${name}`, value, (x) => x >= 0, 'a number from 0');
    const { detection, pyramid, fusion } = phase.losses;
    if (detection + pyramid + fusion === 0) throw new PlanError(`${at}.losses`, 'are all 0');
    const { kind, holdShare = 0, endFactor = 0, warmupSteps = 0, milestones = [] } = phase.schedule;
    const { patience = 0, factor = 0 } = phase.schedule;
    if (!['constant', 'cosine', 'linear', 'multi-step', 'plateau'].includes(kind)) {
      throw new PlanError(
        `${at}.schedule.kind`,
        `is ${JSON.stringify(kind)}, expected constant, cosine, linear, multi-step or plateau`,
      );
    }
    number(`${at}.schedule.warmupSteps`, warmupSteps, whole(0), 'a whole number from 0');
    if (kind === 'plateau' && plan.evaluateEvery === 0)
      throw new PlanError(`${at}.schedule.kind`, 'is plateau, which needs evaluations: set evaluateEvery');
    number(`${at}.schedule.patience`, patience, whole(0), 'a whole number from 0');
    for (const [name, value] of Object.entries({ holdShare, endFactor, factor }))
      number(`${at}.schedule.${name}`, value, (x) => x >= 0 && x <= 1, 'from 0 to 1');
    for (const value of milestones)
      number(`${at}.schedule.milestones`, value, (x) => x >= 0 && x <= 1, 'from 0 to 1');
  }
}
