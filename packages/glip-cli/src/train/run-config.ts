import type {
  AugmentOptions,
  PhasePlan,
  PromptOptions,
  TrainingDataset,
  TrainingPlan,
} from '@glip-wgpu/glip-train';
import { InputError } from '../inputs/input-error.ts';

/** Images of a dataset on disk. */
export interface DataConfig {
  /** Folder; absolute in a run's own configuration. */
  readonly folder: string;
  /** Only for folders that hold several formats. */
  readonly format?: 'coco' | 'pascal-voc' | 'yolo' | 'captions';
  /** Its split, for example `train`. */
  readonly split: string;
  /** Share of the split's pictures that is left to an evaluation, drawn by their names. */
  readonly heldOut?: number;
  readonly kind?: TrainingDataset['kind'];
  readonly weight?: number;
  readonly prompts?: PromptOptions;
}

/** How batches are made; phases may differ in any of it. */
export interface BatchConfig {
  readonly batch: number;
  readonly accumulate: number;
  /** Lengths of the shorter side, pixels. */
  readonly sizes: readonly number[];
  readonly maxSize: number;
  /** Length of every text in tokens. */
  readonly tokens: number;
  readonly prompts: PromptOptions;
  readonly augment: AugmentOptions;
}

export interface RunPhase extends PhasePlan, Partial<BatchConfig> {}

/** A split to evaluate on. */
export interface EvaluationConfig {
  readonly name: string;
  readonly folder: string;
  readonly format?: DataConfig['format'];
  readonly split: string;
  /** Only this share of the split's pictures: the one that training with the same `heldOut` leaves out. */
  readonly heldOut?: number;
  /** Part of its images, `[start, end)` in the dataset's order; all by default. */
  readonly images?: readonly [start: number, end: number];
  /** Number of these images, evenly spread; all by default. */
  readonly limit?: number;
  /** Maximum number of categories in a prompt; as many as fit by default. */
  readonly categoriesPerPrompt?: number;
  /** Key of `Annotation.attributes` whose values are probed together with names, for example `color`. */
  readonly attribute?: string;
}

/** All of a training run: what `config.json` in its folder holds. */
export interface RunConfig extends Omit<TrainingPlan, 'phases'> {
  /** Weights to start from: a model's name, file or folder; `new` for random ones. */
  readonly model: string;
  /** Model folder whose configuration and vocabulary a new model has. */
  readonly architecture: string;
  /** Values of single parameters of a new model, by name. */
  readonly initial?: Readonly<Record<string, number>>;
  readonly data: readonly DataConfig[];
  readonly batches: BatchConfig;
  readonly phases: readonly RunPhase[];
  /** The first one decides which weights are the best. */
  readonly evaluations: readonly EvaluationConfig[];
  /** Evaluations without a better one after which the run ends; 0 for none. */
  readonly patience: number;
}

/** The settings of a phase's batches. */
export function batchesOf({ batches }: RunConfig, phase: RunPhase): BatchConfig {
  const own = Object.keys(batches).filter((key) => phase[key as keyof BatchConfig] !== undefined);
  return { ...batches, ...Object.fromEntries(own.map((key) => [key, phase[key as keyof BatchConfig]])) };
}

/** @throws InputError for a file that is no configuration of a run; its numbers are checked where they are used */
export function parseRunConfig(text: string, file: string): RunConfig {
  const fail = (reason: string): never => {
    throw new InputError(`${file}: ${reason}`);
  };
  let config: Partial<RunConfig> | null;
  try {
    config = JSON.parse(text) as Partial<RunConfig> | null;
  } catch (error) {
    return fail(`is not JSON: ${(error as Error).message}`);
  }
  if (config === null || typeof config !== 'object' || Array.isArray(config)) return fail('is not an object');
  const known = new Set(FIELDS);
  const unknown = Object.keys(config).find((key) => !known.has(key));
  if (unknown !== undefined)
    return fail(`has ${JSON.stringify(unknown)}, which is no field of a configuration`);
  const missing = FIELDS.find((key) => key !== 'initial' && config[key as keyof RunConfig] === undefined);
  if (missing !== undefined) return fail(`lacks ${missing}`);
  for (const key of ['data', 'phases', 'evaluations'] as const) {
    if (!Array.isArray(config[key])) return fail(`${key} is no list`);
  }
  for (const key of ['model', 'architecture'] as const) {
    if (typeof config[key] !== 'string') return fail(`${key} is no text`);
  }
  return config as RunConfig;
}

const FIELDS: readonly string[] = [
  'model',
  'architecture',
  'initial',
  'data',
  'batches',
  'phases',
  'evaluations',
  'patience',
  'seed',
  'clipNorm',
  'averageDecay',
  'regularization',
  'recompute',
  'evaluateEvery',
  'saveEvery',
];
