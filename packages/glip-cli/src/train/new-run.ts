import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { openDataset } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import { type GlipConfig, joinNames } from '@glip-wgpu/glip-core';
import { PRECISIONS } from '@glip-wgpu/glip-train';
import { choiceOf, countOf } from '../arguments/numbers.ts';
import { InputError } from '../inputs/input-error.ts';
import { modelOfRun } from '../model.ts';
import { RECIPES, resolveRecipe, TUNINGS } from './recipes.ts';
import { originOf, parseRunConfig, type RunConfig } from './run-config.ts';
import type { TrainValues } from './train-options.ts';
import { modelParts, textFile } from './trainable-model.ts';

/** A run before it has a folder. */
export interface NewRun {
  readonly config: RunConfig;
  /** Of the model that is trained. */
  readonly model: GlipConfig;
  /** Of its folder, unless another is given. */
  readonly name: string;
  /** With `--batch auto`: the configuration for a number of pictures per step. */
  readonly withBatch?: (batch: number) => RunConfig;
}

/** The configuration of a run from options or a file. @throws InputError, DatasetError, ConfigError */
export async function newRun(values: TrainValues): Promise<NewRun> {
  const featureDisk = gigabytesOf('feature-disk', values['feature-disk']);
  const run = await (values.config === undefined ? recipeOf(values) : fileOf(values));
  if (featureDisk === undefined) return run;
  const { config, withBatch } = run;
  return {
    ...run,
    config: { ...config, featureDisk },
    ...(withBatch && { withBatch: (batch: number) => ({ ...withBatch(batch), featureDisk }) }),
  };
}

/** Bytes. @throws InputError unless `--memory` is a number of gigabytes above 0 */
export function memoryOf(text: string | undefined): number | undefined {
  const gigabytes = gigabytesOf('memory', text);
  if (gigabytes === 0) throw new InputError(`--memory ${text}: expected gigabytes, such as 8`);
  return gigabytes === undefined ? undefined : 1e9 * gigabytes;
}

function gigabytesOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const digits = text.replace(/ *GB$/i, '');
  const gigabytes = Number(digits);
  if (digits.trim() !== '' && gigabytes >= 0 && gigabytes < 10_000) return gigabytes;
  throw new InputError(`--${option} ${text}: expected gigabytes, such as 8`);
}

async function fileOf(values: TrainValues): Promise<NewRun> {
  const file = values.config as string;
  const allowed = ['config', 'name', 'quiet', 'seed', 'memory', 'feature-disk'];
  const other = Object.keys(values).find((key) => !allowed.includes(key));
  if (other)
    throw new InputError(`--${other}: with --config, the file says it; leave it out or change the file`);
  const config = parseRunConfig(await textFile(file), file);
  const seed = countOf('seed', values.seed);
  const run = absolute(seed === undefined ? config : { ...config, seed });
  const { config: model } = await modelParts(originOf(run));
  return { config: run, model, name: defaultName(run.data[0].folder) };
}

/** Folders as absolute paths, so that the run can be resumed from anywhere. */
function absolute(config: RunConfig): RunConfig {
  const at = <T extends { readonly folder: string }>(one: T): T => ({ ...one, folder: resolve(one.folder) });
  return { ...config, data: config.data.map(at), evaluations: config.evaluations.map(at) };
}

async function recipeOf(values: TrainValues): Promise<NewRun> {
  const { data: folders = [], model = 'emoji-tiny', architecture = 'emoji-tiny' } = values;
  const [data, ...others] = folders;
  if (data === undefined) throw new InputError('train: name a folder of pictures: --data DIR');
  const missing = folders.find((folder) => !existsSync(folder));
  if (missing !== undefined) throw new InputError(`--data ${missing}: no such folder`);
  const recipe =
    choiceOf('recipe', values.recipe, RECIPES) ?? (model === 'new' ? 'naming-first' : 'fine-tune');
  const tuning = choiceOf('tune', values.tune, TUNINGS) ?? 'full';
  if (tuning !== 'full' && (model === 'new' || !['fine-tune', 'odinw'].includes(recipe)))
    throw new InputError(`--tune ${tuning}: is for fine-tuning a model that is trained already`);
  if (values['shot-seed'] !== undefined && values.shots === undefined)
    throw new InputError('--shot-seed is of few shots: give --shots N too');
  const numbers = {
    tuning,
    shots: countOf('shots', values.shots),
    shotSeed: countOf('shot-seed', values['shot-seed']),
    seed: countOf('seed', values.seed) ?? 1,
    epochs: countOf('epochs', values.epochs) ?? 20,
    steps: countOf('steps', values.steps),
    batch: values.batch === 'auto' ? undefined : countOf('batch', values.batch),
    accumulate: countOf('accumulate', values.accumulate),
    recompute: values.recompute,
    precision: choiceOf('precision', values.precision, PRECISIONS),
    sizes: values.size?.map((size) => countOf('size', size) as number),
    learningRate: rateOf(values.lr),
    evaluateEvery: countOf('evaluate-every', values['evaluate-every']),
    patience: countOf('patience', values.patience),
    freezes: values.freeze,
  };
  const dataset = await openDataset(nodeFiles(data));
  const more = await Promise.all(
    others.map(async (folder) => ({
      folder: resolve(folder),
      dataset: await openDataset(nodeFiles(folder)),
    })),
  );
  const from = model === 'new' ? architecture : (modelOfRun(model)?.path ?? model);
  const { config, tokenizer } = await modelParts(from);
  const names = dataset.categories.map(({ name }) => name);
  const fixedPromptFits =
    names.length > 0 && tokenizer.encode(joinNames(names).text).ids.length <= config.text.maxTokens;
  const place = (path: string): string => (existsSync(path) ? resolve(path) : path);
  const input = {
    ...{ recipe, config, dataset, more, fixedPromptFits, ...numbers },
    ...{
      model: model === 'new' ? model : place(from),
      architecture: place(architecture),
      folder: resolve(data),
    },
  };
  return {
    model: config,
    name: defaultName(input.folder),
    config: resolveRecipe(input),
    ...(values.batch === 'auto' && { withBatch: (batch: number) => resolveRecipe({ ...input, batch }) }),
  };
}

function rateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = Number(text);
  if (text.trim() !== '' && rate > 0 && rate < 1) return rate;
  throw new InputError(`--lr ${text}: expected a number above 0 and below 1, such as 1e-3`);
}

function defaultName(folder: string): string {
  return basename(folder) || 'run';
}
