import { existsSync } from 'node:fs';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import {
  Glip,
  type LoadOptions,
  type ModelSource,
  publishedModel,
  publishedModels,
} from '@glip-wgpu/glip-core';
import { InputError } from './input-error.ts';
import { bar, progress } from './progress.ts';

export const DEFAULT_MODEL = emojiTiny.name;

/** Options that say which model, and how it is loaded. */
export const MODEL_OPTIONS = {
  weights: { type: 'string' },
  offline: { type: 'boolean' },
  'from-file': { type: 'string' },
  config: { type: 'string' },
  vocabulary: { type: 'string' },
} as const;

export const MODEL_HELP = `  --weights f32|f16    how weights are kept on the GPU (f32); f16 takes half the memory
  --from-file FILE     a checkpoint to take for that of a published model, instead of downloading it
  --config FILE        config.json, where none lies beside the weights and their shapes are not those of a published model
  --vocabulary FILE    vocab.txt, where none lies beside the weights
  --offline            download nothing`;

export interface ModelValues {
  readonly weights?: string | undefined;
  readonly offline?: boolean | undefined;
  readonly 'from-file'?: string | undefined;
  readonly config?: string | undefined;
  readonly vocabulary?: string | undefined;
}

/** Names that `--model` knows. */
const MODEL_NAMES: readonly string[] = [emojiTiny.name, ...publishedModels.map(({ name }) => name)];

/** What `--model` means: a model by its name, a URL, a folder, or a checkpoint. */
export function modelSource(model: string): ModelSource {
  if (model === emojiTiny.name) return emojiTiny;
  if (publishedModel(model) || /^https?:/i.test(model) || existsSync(model)) return model;
  throw new InputError(
    `${model}: unknown model, and no such file; give ${MODEL_NAMES.join(', ')}, a .pth or .safetensors file, a folder or a URL`,
  );
}

/** How a model is loaded, with progress on the terminal. @throws InputError for a value that means nothing */
export function modelOptions(values: ModelValues): Omit<LoadOptions, 'device'> {
  const { weights, offline, config, vocabulary, 'from-file': fromFile } = values;
  if (weights !== undefined && weights !== 'f32' && weights !== 'f16') {
    throw new InputError(`--weights ${weights}: expected f32 or f16`);
  }
  for (const [name, file] of Object.entries({ config, vocabulary, 'from-file': fromFile })) {
    if (file !== undefined && !existsSync(file)) throw new InputError(`--${name} ${file}: no such file`);
  }
  return {
    weights,
    offline,
    config,
    vocabulary,
    fromFile,
    onProgress: bar,
    onRead: (share) => progress(share < 1 ? `loading ${Math.floor(100 * share)} %` : ''),
  };
}

/** Loads what `--model` and its companions say. */
export async function loadModel(model: string | undefined, values: ModelValues): Promise<Glip> {
  const source = modelSource(model ?? DEFAULT_MODEL);
  if (values['from-file'] !== undefined && !publishedModel(model ?? '')) {
    throw new InputError('--from-file is for published models; otherwise give the file to --model');
  }
  return Glip.load(source, modelOptions(values));
}
