import {
  type AugmentOptions,
  type PhasePlan,
  PRECISIONS,
  type PromptOptions,
  type TrainingDataset,
  type TrainingPlan,
} from '@glip-wgpu/glip-train';
import { InputError } from '../inputs/input-error.ts';
import {
  either,
  fields,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  ShapeFault,
  share,
  text,
  whole,
  yesOrNo,
} from './config-shape.ts';

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
  /** Only so many pictures that each category has as many of them at least, drawn as GLIP draws few-shot subsets. */
  readonly shots?: number;
  /** Of that draw; 3, 30 and 300 in the paper. Without it, the first pictures. */
  readonly shotSeed?: number;
  readonly kind?: TrainingDataset['kind'];
  readonly weight?: number;
  /** Boxes that a detector found count above this score; by default 0.5 with the kind `grounding`, else all. */
  readonly minScore?: number;
  readonly prompts?: PromptOptions;
}

/** Settings of batches; a phase may override each. */
export interface BatchConfig {
  readonly batch: number;
  readonly accumulate: number;
  /** Lengths of the shorter side, pixels. */
  readonly sizes: readonly number[];
  readonly maxSize: number;
  /** Height and width are padded to a multiple of this; by default the model's, 0 for no padding. */
  readonly divisibility?: number;
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
  /** Model folder whose configuration and vocabulary a new model has; another model has its own. */
  readonly architecture?: string;
  /** Values of single parameters of a new model, by name. */
  readonly initial?: Readonly<Record<string, number>>;
  readonly data: readonly DataConfig[];
  readonly batches: BatchConfig;
  readonly phases: readonly RunPhase[];
  /** The first one decides which weights are the best. */
  readonly evaluations: readonly EvaluationConfig[];
  /** Evaluations without a better one after which the run ends; 0 for none. */
  readonly patience: number;
  /** Gigabytes of the disk for outputs of frozen encoders that leave GPU memory; 8 by default, 0 for none. No result depends on it. */
  readonly featureDisk?: number;
}

/** The model whose configuration and vocabulary a run's model has when it begins. */
export function originOf({ model, architecture = model }: RunConfig): string {
  return model === 'new' ? architecture : model;
}

/** The trainer's share of a run's configuration. */
export function planOf(config: RunConfig): TrainingPlan {
  const { seed, phases, clipNorm, averageDecay, regularization, recompute, precision } = config;
  const { evaluateEvery, saveEvery } = config;
  return {
    ...{ seed, phases, clipNorm, averageDecay, regularization, recompute, evaluateEvery, saveEvery },
    ...(precision && { precision }), // not in the plans of older runs, which are compared
  };
}

/** The settings of a phase's batches. */
export function batchesOf({ batches }: RunConfig, phase: RunPhase): BatchConfig {
  const own = [...Object.keys(batches), 'divisibility'].filter(
    (key) => phase[key as keyof BatchConfig] !== undefined,
  );
  return { ...batches, ...Object.fromEntries(own.map((key) => [key, phase[key as keyof BatchConfig]])) };
}

/** @throws InputError for a file that is no configuration of a run; ranges of numbers are checked where they are used */
export function parseRunConfig(content: string, file: string): RunConfig {
  let config: unknown;
  try {
    config = JSON.parse(content);
  } catch (error) {
    throw new InputError(`${file}: is not JSON: ${(error as Error).message}`);
  }
  try {
    RUN(config, '');
  } catch (error) {
    if (!(error instanceof ShapeFault)) throw error;
    throw new InputError(`${file}: ${error.message}`);
  }
  const { model, architecture } = config as RunConfig;
  if (model === 'new' && architecture === undefined)
    throw new InputError(`${file}: architecture is missing, expected a model for a new one to resemble`);
  return config as RunConfig;
}

const TRAINED_PARTS = ['all', 'encoders', 'language', 'linear', 'prompt', 'prompt+linear'] as const;
const FORMAT = oneOf('coco', 'pascal-voc', 'yolo', 'captions');
const BATCHES = {
  batch: whole(1),
  accumulate: whole(1),
  sizes: listOf(whole(1), 1),
  maxSize: whole(1),
  tokens: whole(1),
  prompts: object,
  augment: object,
};
const DATA = fields(
  { folder: text, split: text },
  {
    format: FORMAT,
    heldOut: share,
    shots: whole(1),
    shotSeed: whole(0),
    kind: oneOf('detection', 'grounding', 'mixed'),
    weight: number,
    minScore: number,
    prompts: object,
  },
);
const EVALUATION = fields(
  { name: text, folder: text, split: text },
  {
    format: FORMAT,
    heldOut: share,
    images: listOf(whole(0), 2),
    limit: whole(1),
    categoriesPerPrompt: whole(1),
    attribute: text,
  },
);
const PHASE = fields(
  {
    name: text,
    steps: number,
    trains: either(oneOf(...TRAINED_PARTS), listOf(text)),
    learningRate: number,
    weightDecay: number,
    schedule: fields(
      { kind: text },
      {
        ...{ warmupSteps: number, endFactor: number, holdShare: number, milestones: listOf(number) },
        ...{ patience: number, factor: number },
      },
    ),
    losses: fields({ detection: number, pyramid: number, fusion: number, crossEntropy: number }),
  },
  {
    freezes: listOf(text),
    languageLearningRate: number,
    decayVectors: yesOrNo,
    promptRows: fields({ learningRate: number, weightDecay: number }),
    divisibility: whole(0),
    ...BATCHES,
  },
);
const RUN = fields(
  {
    model: text,
    data: listOf(DATA, 1),
    batches: fields(BATCHES, { divisibility: whole(0) }),
    phases: listOf(PHASE, 1),
    evaluations: listOf(EVALUATION),
    patience: whole(0),
    seed: number,
    clipNorm: number,
    averageDecay: number,
    regularization: yesOrNo,
    recompute: yesOrNo,
    evaluateEvery: number,
    saveEvery: number,
  },
  { architecture: text, initial: mapOf(number), precision: oneOf(...PRECISIONS), featureDisk: number },
);
