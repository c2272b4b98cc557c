import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { GlipConfig } from '../config/config.ts';
import { AdapterError } from '../errors.ts';
import type { ImageConfig } from '../image/preprocess.ts';
import { PROMPT_ROWS } from '../network/prompt-rows.ts';
import type { PromptChunk } from '../prompt/plan-prompt.ts';
import type { PromptInput } from '../prompt/prompt-input.ts';

/** A parameter of an adapter, in the layout of checkpoints. */
export interface AdapterParameter {
  readonly shape: readonly number[];
  readonly numbers: Float32Array;
}

/** Parameters that were trained on top of a model, and all that a user of them needs to know. Plain data, in memory. */
export interface Adapter {
  /** The model that it was trained on; `fingerprint` is that of `Glip.fingerprint`. */
  readonly base: { readonly name: string; readonly fingerprint: string };
  /** Trained parts, for example `linear` or `prompt`. */
  readonly mode: string;
  /** The prompt that it was trained with. Learned prompt rows belong to its text and no other. */
  readonly prompt: PromptInput;
  /** The prompt's text, as the model reads it. */
  readonly text: string;
  /** Sizes of the pictures that it was trained for, in place of the model's. */
  readonly image?: Pick<ImageConfig, 'minSize' | 'maxSize'>;
  /** Measured results, by name, for example `val AP50`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Values that replace the model's, by the names of the original's checkpoints, and learned prompt rows. */
  readonly parameters: ReadonlyMap<string, AdapterParameter>;
}

/** @throws AdapterError `base`, for an adapter of another model or with parameters that the model does not have */
export function expectBase(
  { base, parameters }: Adapter,
  model: { readonly parameters: ParameterTree; readonly config: GlipConfig; readonly fingerprint: string },
): void {
  if (base.fingerprint !== model.fingerprint) {
    const [wanted, found] = [base.fingerprint, model.fingerprint].map((hash) => hash.slice(0, 12));
    throw new AdapterError(
      'base',
      `it was trained on ${base.name} (fingerprint ${wanted}), and this model's fingerprint is ${found}: load that model`,
    );
  }
  const { text, bert } = model.config;
  for (const [name, { shape }] of parameters) {
    if (name === PROMPT_ROWS) {
      const [rows, dim] = shape;
      if (shape.length !== 2 || dim !== bert.dim) {
        throw new AdapterError('base', `its ${name} is [${shape}], expected [rows, ${bert.dim}]`);
      }
      if (rows >= text.maxTokens) continue;
      throw new AdapterError(
        'base',
        `its ${name} has ${rows} rows, the model reads texts of ${text.maxTokens} tokens`,
      );
    }
    const known = model.parameters.all.get(name)?.shape;
    if (`${known}` === `${shape}`) continue;
    const found = known ? `[${known}]` : 'does not exist';
    throw new AdapterError('base', `its ${name} is [${shape}], that of the model ${found}`);
  }
}

/** @throws AdapterError `prompt`, for learned rows and another prompt than theirs */
export function expectPrompt({ parameters, text }: Adapter, chunks: readonly PromptChunk[]): void {
  if (!parameters.has(PROMPT_ROWS)) return;
  const [first] = chunks;
  if (chunks.length === 1 && first.text === text) return;
  throw new AdapterError(
    'prompt',
    `its learned rows belong to the prompt "${text}", and were given "${first.text}"${chunks.length > 1 ? ` and ${chunks.length - 1} more` : ''}: detect with the adapter's own prompt`,
  );
}
