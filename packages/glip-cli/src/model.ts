import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { emojiTiny, emojiTinyWarning } from '@glip-wgpu/emoji-tiny';
import {
  type Adapter,
  Glip,
  type LoadOptions,
  type ModelSource,
  publishedModel,
  publishedModels,
  readAdapter,
} from '@glip-wgpu/glip-core';
import type { Values } from './arguments/command.ts';
import { choiceOf } from './arguments/numbers.ts';
import { nearest } from './arguments/suggest.ts';
import { InputError } from './inputs/input-error.ts';
import { describePlan } from './outputs/download-plan.ts';
import { bar, clearProgress, progress } from './outputs/progress.ts';
import { note } from './outputs/terminal.ts';

/** The model of commands that are given none. */
export const DEFAULT_MODEL = emojiTiny.name;

/** Options for loading a model. */
export const MODEL_OPTIONS = {
  weights: {
    type: 'string',
    value: 'f32|f16|q8',
    help: 'precision of the weights on the GPU (f32); f16 takes half the memory, q8 (8 bits) little more than a quarter',
  },
  'from-file': {
    type: 'string',
    value: 'FILE',
    help: 'a local checkpoint to use for a published model, instead of downloading it',
  },
  config: {
    type: 'string',
    value: 'FILE',
    help: 'config.json, if there is none beside the weights and they do not have the shapes of a published model',
  },
  vocabulary: { type: 'string', value: 'FILE', help: 'vocab.txt, if there is none beside the weights' },
  offline: { type: 'boolean', help: 'download nothing' },
} as const;

/** The model option, for commands without a model argument. */
export const MODEL_OPTION = {
  model: {
    type: 'string',
    value: 'NAME|PATH',
    help: `a model by name, a .pth or .safetensors file, a folder (also of a training run) or a URL (${DEFAULT_MODEL})`,
    elsewhere: ['checkpoint', 'ckpt'],
  },
} as const;

/** The adapter option. */
export const ADAPTER_OPTION = {
  adapter: {
    type: 'string',
    value: 'FILE',
    help: 'an adapter that glip train made for this model: a .safetensors file, or the folder of its training run',
  },
} as const;

/** Model names accepted by `--model`. */
const MODEL_NAMES: readonly string[] = [emojiTiny.name, ...publishedModels.map(({ name }) => name)];

/** A model among the checkpoints of a training run's folder. */
export interface RunModel {
  /** Its folder. */
  readonly path: string;
  /** The best by evaluation, or the newest if none was made. */
  readonly which: 'best' | 'last';
}

/** The model of a folder that `glip train` wrote; undefined for any other location. @throws InputError if it has none yet */
export function modelOfRun(folder: string): RunModel | undefined {
  if (!existsSync(join(folder, 'config.json'))) return undefined;
  if (existsSync(join(folder, 'model.safetensors'))) return undefined; // a model itself
  const path = (which: string): string => join(folder, 'checkpoints', which);
  for (const which of ['best', 'last'] as const) {
    if (existsSync(join(path(which), 'model.safetensors'))) return { path: path(which), which };
  }
  if (!existsSync(join(folder, 'metrics.jsonl')) && !existsSync(path(''))) return undefined;
  throw new InputError(
    `${folder}: this training run has no model yet: its first checkpoint is still to come`,
  );
}

/** Model source by name, URL, folder or checkpoint. @throws InputError for anything else */
export function modelSource(model: string): ModelSource {
  if (model === emojiTiny.name) return emojiTiny;
  const trained = modelOfRun(model);
  if (trained) return trained.path;
  if (publishedModel(model) || /^https?:/i.test(model) || existsSync(model)) return model;
  const near = nearest(model, MODEL_NAMES);
  throw new InputError(
    `${model}: unknown model, and no such file; ${near ? `did you mean ${near}? ` : ''}use ${MODEL_NAMES.join(', ')}, a .pth or .safetensors file, a folder or a URL`,
  );
}

/** Loading options, with progress on the terminal. @throws InputError for an invalid value */
export function modelOptions(values: Values<typeof MODEL_OPTIONS>): Omit<LoadOptions, 'device'> {
  const { offline, config, vocabulary, 'from-file': fromFile } = values;
  const dtype = choiceOf('weights', values.weights, ['f32', 'f16', 'q8']);
  for (const [name, file] of Object.entries({ config, vocabulary, 'from-file': fromFile })) {
    if (file !== undefined && !existsSync(file)) throw new InputError(`--${name} ${file}: no such file`);
  }
  return {
    dtype,
    offline,
    config,
    vocabulary,
    fromFile,
    onProgress: bar,
    onPlan: (plan) => note(describePlan(plan)),
    onRead: (share) => (share < 1 ? progress(`loading ${Math.floor(100 * share)} %`) : clearProgress()),
  };
}

/** A model that is checked as far as possible, ready to be loaded. */
export interface ChosenModel {
  readonly name: string;
  /** Warning about its results on a picture of a given size. */
  readonly warningOf?: typeof emojiTinyWarning | undefined;
  load(): Promise<Glip>;
}

/** Adapter chosen by `--adapter`, if any. @throws InputError, AdapterError */
export async function chosenAdapter({
  adapter,
}: Values<typeof ADAPTER_OPTION>): Promise<Adapter | undefined> {
  if (adapter === undefined) return undefined;
  if (!existsSync(adapter)) throw new InputError(`--adapter ${adapter}: no such file`);
  if (!statSync(adapter).isDirectory()) return readAdapter(adapter);
  const places = [adapter, ...['best', 'last'].map((which) => join(adapter, 'checkpoints', which))];
  const found = places.map((place) => join(place, 'adapter.safetensors')).find((file) => existsSync(file));
  if (found) return readAdapter(found);
  throw new InputError(`--adapter ${adapter}: this folder has no adapter.safetensors`);
}

/** Model chosen by `--model` and related options. @throws InputError for invalid values */
export function chosenModel(
  values: Values<typeof MODEL_OPTIONS & typeof MODEL_OPTION>,
  adapter?: Adapter,
): ChosenModel {
  const name = values.model ?? DEFAULT_MODEL;
  const trained = modelOfRun(name);
  if (trained?.which === 'last')
    note(`${name}: no evaluation has chosen a best model; using ${trained.path}`);
  const source = modelSource(name);
  if (values['from-file'] !== undefined && !publishedModel(name)) {
    throw new InputError('--from-file is for published models; otherwise pass the file to --model');
  }
  const options = modelOptions(values);
  const warningOf = source === emojiTiny && !adapter ? emojiTinyWarning : undefined;
  return { name, warningOf, load: () => Glip.load(source, { ...options, adapter }) };
}
