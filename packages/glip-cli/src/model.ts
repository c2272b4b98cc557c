import { existsSync } from 'node:fs';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import type { LoadOptions, ModelSource } from '@glip-wgpu/glip-core';
import { InputError } from './input-error.ts';

export const DEFAULT_MODEL = emojiTiny.name;

/** What `--model` means: the name of an embedded model, a URL, a folder, or a safetensors file. */
export function modelSource(model: string): ModelSource {
  if (model === emojiTiny.name) return emojiTiny;
  if (/^https?:/i.test(model) || existsSync(model)) return model;
  throw new InputError(
    `${model}: unknown model; give ${emojiTiny.name}, a URL, or a folder with model.safetensors, config.json and vocab.txt`,
  );
}

/** What `--weights` means: how weights are kept on the GPU. */
export function weightsOption(text: string | undefined): Pick<LoadOptions, 'weights'> {
  if (text === undefined || text === 'f32' || text === 'f16') return { weights: text };
  throw new InputError(`--weights ${text}: expected f32 or f16`);
}
