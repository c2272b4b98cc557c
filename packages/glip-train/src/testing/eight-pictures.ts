import { WordPiece } from '@glip-wgpu/bert';
import { memoryFiles, openDataset } from '@glip-wgpu/datasets';
import {
  type Adapter,
  checkConfig,
  fingerprintOf,
  Glip,
  type GlipConfig,
  type ImageInput,
  joinNames,
  type ModelSource,
  openModel,
} from '@glip-wgpu/glip-core';
import { isIgnored, type Network, network, PROMPT_ROWS, withPromptRows } from '@glip-wgpu/glip-core/network';
import type { Device } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { BatchOptions, TrainingDataset } from '../data/batch-options.ts';
import { openBatches } from '../data/open-batches.ts';
import type { BatchSource } from '../data/training-batch.ts';
import { trainedAdapter } from '../trainer/trained-adapter.ts';
import { Trainer } from '../trainer/trainer.ts';
import { ORIGINAL_LOSSES, type PhasePlan, type TrainingPlan } from '../trainer/training-plan.ts';

/** Paths of the eight pictures inside of `fixtures/emoji-world`. */
export const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `val/00000${number}.jpg`);

/**
 * The first eight scenes of `fixtures/emoji-world`, and the names of what they show.
 *
 * @param read  reads a file of that folder
 */
export async function eightPictures(read: (path: string) => Promise<Uint8Array>): Promise<TrainingDataset> {
  const names = ['val.json', ...EIGHT];
  const contents = await Promise.all(names.map(read));
  const files = memoryFiles(Object.fromEntries(names.map((name, i) => [name, contents[i]])));
  const { splits, categories } = await openDataset(files);
  const images = (splits.get('val') ?? []).filter(({ path }) => EIGHT.includes(path));
  const shown = new Set(images.flatMap(({ annotations }) => annotations.map(({ category }) => category)));
  return { images, files, categories: categories.filter(({ name }) => shown.has(name)) };
}

/** A model whose f32 parameters can be trained. */
export interface TrainableModel {
  readonly config: GlipConfig;
  readonly tokenizer: WordPiece;
  readonly parameters: ParameterTree;
}

/** @param options  seed of random weights, in place of those of the source; number of rows for prompt tuning */
export async function loadTrainable(
  device: Device,
  source: ModelSource,
  { seed, promptRows }: { readonly seed?: number; readonly promptRows?: number } = {},
): Promise<TrainableModel> {
  const opened = await openModel(source);
  const own = checkConfig(await opened.config());
  const config = promptRows === undefined ? own : { ...own, text: { ...own.text, promptRows } };
  const tokenizer = WordPiece.fromVocab(await opened.vocabulary());
  const build = (p: ParameterTree): Network => network(p, config);
  if (seed !== undefined) {
    const parameters = ParameterTree.random(device, seed);
    build(parameters);
    return { config, tokenizer, parameters };
  }
  const { parameters } = await ParameterTree.load(
    device,
    withPromptRows(opened.source, config),
    build,
    isIgnored,
    { dtype: 'f32' },
  );
  return { config, tokenizer, parameters };
}

export interface EightRun extends Pick<BatchOptions, 'decode' | 'decoder' | 'workers' | 'workerUrl'> {
  readonly model: TrainableModel;
  readonly dataset: TrainingDataset;
  readonly trains: PhasePlan['trains'];
  readonly learningRate: number;
  readonly steps: number;
  readonly batch: number;
}

/** The eight pictures, each with all names as its prompt, neither mirrored nor moved. */
export function eightPicturesBatches(run: EightRun): Promise<BatchSource> {
  const { model, dataset, batch, decode, decoder, workers, workerUrl } = run;
  return openBatches({
    datasets: [dataset],
    config: model.config,
    tokenizer: model.tokenizer,
    decode,
    decoder,
    workers,
    workerUrl,
    seed: 1,
    batch,
    prompts: { categories: 'fixed' },
    augment: { flip: 0 },
  });
}

/** A trainer of these batches with the original's losses. */
export function eightPicturesTrainer(run: EightRun): Trainer {
  const { model, trains, learningRate, steps } = run;
  const phase: PhasePlan = {
    name: 'eight pictures',
    steps,
    trains,
    learningRate,
    weightDecay: 0,
    schedule: { kind: 'cosine', warmupSteps: Math.ceil(steps / 20), endFactor: 0.01 },
    losses: ORIGINAL_LOSSES,
  };
  const plan: TrainingPlan = {
    seed: 1,
    phases: [phase],
    clipNorm: 1,
    averageDecay: 0,
    regularization: false,
    recompute: false,
    evaluateEvery: 0,
    saveEvery: 0,
  };
  const { config, parameters } = model;
  return new Trainer({ config, parameters, plan, batches: () => eightPicturesBatches(run) });
}

const ROWS = 64; // the longest text of emoji-tiny

/** Steps of the run that is the same on all platforms. */
const TWENTY = 20;

type TwentySteps = Pick<EightRun, 'dataset' | 'decode' | 'decoder' | 'workers' | 'workerUrl'> & {
  readonly trains: keyof typeof RATES;
};

/**
 * Learning rates, by what is trained. That of `prompt` is a tenth of the original's 0.05, at which AdamW's first steps amplify
 * rounding: between Node and Chromium losses differ by 0 in step 1, 4e-7 in step 2, 3e-3 in step 8 and 4e-4 in step 20.
 */
const RATES = { linear: 3e-3, prompt: 0.005, all: 1e-4 } as const;

/** The run of twenty steps that is the same on all platforms: a part or the whole of the model, on two pictures a step. */
export function twentySteps(model: TrainableModel, { trains, ...run }: TwentySteps): EightRun {
  return { ...run, model, trains, learningRate: RATES[trains], steps: TWENTY, batch: 2 };
}

/** The losses of that run. */
export async function twentyLosses(
  device: Device,
  { model: source, ...run }: TwentySteps & { readonly model: ModelSource },
): Promise<number[]> {
  return (await twentyStepsOf(device, { model: source, ...run })).losses;
}

/** The losses of that run, and what it has trained as an adapter. */
export async function twentyStepsOf(
  device: Device,
  { model: source, ...run }: TwentySteps & { readonly model: ModelSource },
): Promise<{ readonly losses: number[]; readonly adapter: Adapter }> {
  const model = await loadTrainable(device, source, run.trains === 'prompt' ? { promptRows: ROWS } : {});
  const { parameters } = model;
  const own = new Map([...parameters.all].filter(([name]) => name !== PROMPT_ROWS));
  const base = { name: 'emoji-tiny', fingerprint: await fingerprintOf(ParameterTree.over(device, own)) };
  using trainer = eightPicturesTrainer(twentySteps(model, run));
  const losses = await lossesUntil(trainer);
  const categories = run.dataset.categories.map(({ name }) => name);
  const about = { base, prompt: { categories }, text: joinNames(categories).text, metrics: {} };
  const adapter = await trainedAdapter(parameters, trainer.plan, about);
  parameters.dispose();
  return { losses, adapter };
}

/** The first of the eight pictures with an adapter: the five best scores and boxes. */
export async function adapted(
  device: Device,
  source: ModelSource,
  adapter: Adapter,
  image: ImageInput,
): Promise<number[][]> {
  const glip = await Glip.load(source, { device });
  const found = await glip.detect(image, adapter.prompt, { adapter, threshold: 0, limit: 5 });
  glip.dispose();
  return found.map(({ score, box }) => [score, ...box]);
}

/** The losses of the steps up to `last`, or to the end of the plan. */
export async function lossesUntil(trainer: Trainer, last = Number.POSITIVE_INFINITY): Promise<number[]> {
  const stop = new AbortController();
  const losses: number[] = [];
  for await (const event of trainer.run({ signal: stop.signal })) {
    if (event.kind !== 'step') continue;
    losses.push(event.loss);
    if (event.step >= last - 1) stop.abort(); // the step in progress is the last
  }
  return losses;
}

/** Largest relative difference that decoders, adapters and compilers may cause. */
export const TOLERANCE = 1e-3;
const STEPS_OF_EPOCH = 4; // of `twentySteps`

/** Largest relative difference of losses; infinite for another number of them. */
export function largestDifference(losses: readonly number[], expected: readonly number[]): number {
  if (losses.length !== expected.length) return Number.POSITIVE_INFINITY;
  return losses.reduce((most, loss, i) => Math.max(most, Math.abs(loss / expected[i] - 1)), 0);
}

/** True if the losses of `twentySteps` are lower in the last epoch than in the first. */
export function falls(losses: readonly number[]): boolean {
  const sum = (part: readonly number[]): number => part.reduce((total, loss) => total + loss, 0);
  return sum(losses.slice(-STEPS_OF_EPOCH)) < sum(losses.slice(0, STEPS_OF_EPOCH));
}

/** True if scores agree to 1 %, which decoders may cause, and boxes to half a pixel. */
export function agree(found: readonly number[][], expected: readonly number[][]): boolean {
  return (
    found.length === expected.length &&
    found.every(([score, ...box], i) => {
      const [otherScore, ...otherBox] = expected[i];
      const near = box.every((at, side) => Math.abs(at - otherBox[side]) < 0.5);
      return near && Math.abs(score / otherScore - 1) < 0.01;
    })
  );
}
