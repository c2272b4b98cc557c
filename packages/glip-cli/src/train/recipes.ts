import { type Dataset, fewShotImages, splitByFraction } from '@glip-wgpu/datasets';
import type { GlipConfig } from '@glip-wgpu/glip-core';
import type { LossWeights, Precision, SchedulePlan } from '@glip-wgpu/glip-train';
import { ORIGINAL_LOSSES } from '@glip-wgpu/glip-train';
import { InputError } from '../inputs/input-error.ts';
import { odinwRecipe } from './odinw-recipe.ts';
import type { DataConfig, EvaluationConfig, RunConfig, RunPhase } from './run-config.ts';

/** Ways to train. */
export const RECIPES = ['fine-tune', 'naming-first', 'original', 'odinw'] as const;
export type Recipe = (typeof RECIPES)[number];

/** Parts of a model to fine-tune. */
export const TUNINGS = ['full', 'linear', 'prompt', 'prompt+linear'] as const;
export type Tuning = (typeof TUNINGS)[number];

/** A dataset in its folder. */
export interface FolderOfData {
  readonly folder: string;
  readonly dataset: Dataset;
}

/** Model, data and options that a recipe is adapted to. */
export interface RecipeInput {
  readonly recipe: Recipe;
  readonly model: string;
  readonly architecture: string;
  readonly config: GlipConfig;
  readonly folder: string;
  readonly dataset: Dataset;
  /** Trained on beside it, not evaluated on. */
  readonly more?: readonly FolderOfData[] | undefined;
  /** Tokens of all category names in one text; undefined if they do not fit. */
  readonly fixedPromptFits: boolean;
  readonly seed: number;
  readonly epochs: number;
  readonly batch?: number | undefined;
  readonly steps?: number | undefined;
  readonly sizes?: readonly number[] | undefined;
  readonly learningRate?: number | undefined;
  /** Steps; by the length of an epoch if not given. */
  readonly evaluateEvery?: number | undefined;
  readonly patience?: number | undefined;
  readonly freezes?: readonly string[] | undefined;
  readonly accumulate?: number | undefined;
  readonly recompute?: boolean | undefined;
  /** `f32` by default. */
  readonly precision?: Precision | undefined;
  /** `full` by default; the others make an adapter. */
  readonly tuning?: Tuning | undefined;
  readonly shots?: number | undefined;
  readonly shotSeed?: number | undefined;
}

const SMALL_CHANNELS = 96; // models below train at ten times the rate
const HELD_OUT = 0.1;
const TRAINING = ['train', 'trainval', 'all'];
const VALIDATION = ['val', 'minival', 'dev', 'test'];
const ATTRIBUTES = ['color', 'colour'];
const PROMPT_ROWS = { learningRate: 0.05, weightDecay: 0.25 }; // the original's
const NAMING: LossWeights = { detection: 0, pyramid: 1, fusion: 0, crossEntropy: 0.5 };

/** The whole configuration of a run, from a recipe and the data. @throws InputError for data without a split to train on */
export function resolveRecipe(input: RecipeInput): RunConfig {
  const { recipe, model, architecture, config, dataset, epochs, seed, patience = 0, tuning = 'full' } = input;
  const { data, evaluations } = splitsOf(input);
  const { shots, shotSeed, more = [] } = input;
  const beside = more.map((one) => ({ one, data: besideData(one) }));
  const few = shots === undefined ? {} : { shots, ...(shotSeed !== undefined && { shotSeed }) };
  const small = config.channels < SMALL_CHANNELS;
  const batch = input.batch ?? (small ? 8 : 4);
  const held = data.heldOut ?? 0;
  const all = dataset.splits.get(data.split) ?? [];
  const images =
    shots === undefined ? all.length * (1 - held) : fewShotImages(all, shots, { seed: shotSeed }).length;
  const others = beside.map(({ one, data: { split } }) => one.dataset.splits.get(split)?.length ?? 0);
  const perEpoch = Math.max(1, Math.floor(others.reduce((sum, count) => sum + count, images) / batch));
  const steps = input.steps ?? epochs * perEpoch;
  const attribute = attributeOf(dataset);
  const tenfold = small && (tuning === 'linear' || tuning === 'prompt+linear'); // measured on BCCD
  const learningRate = input.learningRate ?? (tenfold ? 1e-2 : small ? 1e-3 : 1e-4);
  const base = {
    learningRate,
    ...(!small && { languageLearningRate: learningRate / 10 }),
    weightDecay: 1e-4,
    ...(recipe !== 'original' && { decayVectors: false }),
    ...(input.freezes && input.freezes.length > 0 && { freezes: input.freezes }),
  };
  const whole = (name: string, count: number, losses: LossWeights, schedule: SchedulePlan): RunPhase => ({
    name,
    steps: count,
    trains: 'all',
    ...base,
    schedule,
    losses,
  });
  const warmupSteps = Math.min(120, Math.ceil(steps / 10));
  const cosine = { kind: 'cosine', warmupSteps, endFactor: 0.01 } as const;
  const run: RunConfig = {
    model,
    architecture,
    ...(model === 'new' && recipe === 'naming-first' && { initial: { 'rpn.head.log_scale': -2 } }),
    data: [{ ...data, ...few }, ...beside.map((one) => one.data)],
    batches: {
      batch,
      accumulate: input.accumulate ?? 1,
      sizes: input.sizes ?? [config.image.minSize],
      maxSize: Math.max(config.image.maxSize, ...(input.sizes ?? [])),
      tokens: config.text.maxTokens,
      prompts: isGrounding(dataset)
        ? OF_CAPTIONS
        : input.fixedPromptFits
          ? { categories: 'fixed' }
          : {
              ...(recipe !== 'original' && { names: [2, 24] as const }),
              ...(attribute && { attribute: { field: attribute } }),
            },
      augment: {},
    },
    phases: phasesOf(recipe, steps, config.fusion !== null, whole, cosine).map((phase) =>
      tuning === 'full' ? phase : tuned(phase, tuning),
    ),
    evaluations,
    patience,
    seed,
    clipNorm: 1,
    averageDecay: averageDecay(steps),
    regularization: !small && tuning === 'full', // dropout in a frozen tower would keep it from being computed once
    recompute: input.recompute ?? false,
    ...(input.precision && { precision: input.precision }),
    evaluateEvery: Math.min(
      Math.max(
        perEpoch * Math.max(1, Math.round(epochs / 20)),
        Math.ceil(steps / 20), // few pictures have short epochs
        Math.ceil(validationImages(dataset, evaluations) / batch), // no more of them than trained on in between
      ),
      Math.ceil(steps / 5),
    ),
    saveEvery: Math.min(Math.max(perEpoch, Math.ceil(steps / 20)), 200),
  };
  const { evaluateEvery } = input;
  const made = recipe === 'odinw' ? odinwRecipe(run, { perEpoch, steps: input.steps, patience, shots }) : run;
  return evaluateEvery === undefined ? made : { ...made, evaluateEvery };
}

/** The phase for parts that make an adapter. */
function tuned(phase: RunPhase, trains: Exclude<Tuning, 'full'>): RunPhase {
  return { ...phase, name: trains, trains, ...(trains !== 'linear' && { promptRows: PROMPT_ROWS }) };
}

function phasesOf(
  recipe: Recipe,
  steps: number,
  hasFusion: boolean,
  whole: (name: string, steps: number, losses: LossWeights, schedule: SchedulePlan) => RunPhase,
  cosine: SchedulePlan,
): RunPhase[] {
  switch (recipe) {
    case 'fine-tune':
    case 'odinw':
      return [whole('fine-tuning', steps, ORIGINAL_LOSSES, cosine)];
    case 'original':
      return [whole('original', steps, ORIGINAL_LOSSES, { ...cosine, holdShare: 0.5 })];
    case 'naming-first': {
      const naming = Math.max(1, Math.round(0.38 * steps)); // an eighth of a whole step's work each
      const rest = Math.max(1, steps - naming);
      return [
        { ...whole('naming', naming, NAMING, cosine), trains: 'encoders' },
        whole(
          'whole',
          rest,
          { detection: 1, pyramid: 1, fusion: hasFusion ? 1 : 0, crossEntropy: 0.5 },
          cosine,
        ),
      ];
    }
  }
}

/** Decay whose average spans about a tenth of a short run. */
function averageDecay(steps: number): number {
  return Math.min(0.998, Math.max(0, Number((1 - 10 / Math.max(steps, 20)).toFixed(4))));
}

/** Prompts of grounding data: captions among others, spec 4.6. */
const OF_CAPTIONS = { otherCaptions: {} } as const;

/** True for captions with boxes, without categories to evaluate. */
function isGrounding({ categories, splits }: Dataset): boolean {
  if (categories.length > 1) return false;
  return [...splits.values()].some((images) =>
    images.some(
      ({ caption, annotations }) =>
        caption !== undefined && annotations.some(({ spans }) => spans.length > 0),
    ),
  );
}

function besideData({ folder, dataset }: FolderOfData): DataConfig {
  const { split } = trainingSplit({ folder, dataset });
  return isGrounding(dataset)
    ? { folder, split, kind: 'grounding', prompts: OF_CAPTIONS }
    : { folder, split };
}

/** The split to train on, and the names of all that have images. @throws InputError if there is none */
function trainingSplit({ folder, dataset }: FolderOfData): { split: string; names: string[] } {
  const names = [...dataset.splits.keys()].filter((name) => dataset.splits.get(name)?.length);
  const split =
    TRAINING.find((name) => names.includes(name)) ?? names.find((name) => !VALIDATION.includes(name));
  if (split !== undefined) return { split, names };
  const found = names.length > 0 ? `its splits are ${names.join(', ')}` : 'its splits are empty';
  throw new InputError(`${folder}: there is nothing to train on: ${found}`);
}

function splitsOf({ folder, dataset }: RecipeInput): { data: DataConfig; evaluations: EvaluationConfig[] } {
  const { split, names } = trainingSplit({ folder, dataset });
  if (isGrounding(dataset)) return { data: { folder, split, kind: 'grounding' }, evaluations: [] };
  const validation = VALIDATION.find((name) => names.includes(name));
  const attribute = attributeOf(dataset);
  const common = { folder, ...(attribute !== undefined && { attribute }) };
  if (validation !== undefined) {
    return { data: { folder, split }, evaluations: [{ name: validation, ...common, split: validation }] };
  }
  const images = dataset.splits.get(split) ?? [];
  const parts = splitByFraction(images, { rest: 1 - HELD_OUT, heldOut: HELD_OUT });
  const [rest, heldOut] = ['rest', 'heldOut'].map((part) => parts.get(part)?.length ?? 0);
  if (rest === 0 || heldOut === 0) return { data: { folder, split }, evaluations: [] }; // too few to leave any out
  return {
    data: { folder, split, heldOut: HELD_OUT },
    evaluations: [{ name: 'val', ...common, split, heldOut: HELD_OUT }],
  };
}

/** Images of splits that are only evaluated on. */
function validationImages({ splits }: Dataset, evaluations: readonly EvaluationConfig[]): number {
  const own = evaluations.filter(({ heldOut }) => heldOut === undefined);
  return own.reduce((sum, { split }) => sum + (splits.get(split)?.length ?? 0), 0);
}

function attributeOf({ splits }: Dataset): string | undefined {
  return ATTRIBUTES.find((field) =>
    [...splits.values()].some((images) =>
      images
        .slice(0, 200)
        .some(({ annotations }) => annotations.some(({ attributes }) => attributes?.[field])),
    ),
  );
}
