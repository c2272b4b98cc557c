import { type Adapter, type Category, type PromptInput, planPrompt } from '@glip-wgpu/glip-core';
import { PROMPT_ROWS } from '@glip-wgpu/glip-core/network';
import { makesAdapter, type TrainingBatch, trainedAdapter, trainedBy } from '@glip-wgpu/glip-train';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { InputError } from '../inputs/input-error.ts';
import type { RunConfig } from './run-config.ts';
import type { TrainableModel } from './trainable-model.ts';
import type { RunData } from './training-data.ts';

/** Makes the adapter of a run. */
export interface RunAdapter {
  /** @throws InputError if the run trains prompt rows with another text than that of its adapter */
  expectText(batch: TrainingBatch): void;
  of(parameters: ParameterTree, metrics: Readonly<Record<string, number>>): Promise<Adapter>;
}

/** Undefined for runs that train too much of the model for an adapter. @throws InputError for data that prompt tuning cannot use */
export function runAdapter(
  config: RunConfig,
  { training }: Pick<RunData, 'training'>,
  { base, config: model, tokenizer }: Pick<TrainableModel, 'base' | 'config' | 'tokenizer'>,
): RunAdapter | undefined {
  if (!base || !makesAdapter(config)) return undefined;
  const prompt = promptOf(config, training);
  const { chunks } = planPrompt(prompt, tokenizer, { maxTokens: model.text.maxTokens });
  const [{ text }] = chunks;
  const learnsRows = config.phases.some((phase) => trainedBy(phase)(PROMPT_ROWS));
  if (learnsRows && chunks.length > 1) {
    throw new InputError(
      `prompt tuning needs all names in one text, and they take ${chunks.length} texts of ${model.text.maxTokens} tokens: use --tune linear`,
    );
  }
  const { minSize, maxSize } = model.image;
  return {
    expectText({ parts }) {
      const other = learnsRows && parts.flatMap(({ samples }) => samples).find((one) => one.prompt !== text);
      if (!other) return;
      throw new InputError(
        `prompt tuning needs one text for all pictures, "${text}", and ${other.path} has "${other.prompt}": set batches.prompts to { "categories": "fixed" }`,
      );
    },
    of: (parameters, metrics) =>
      trainedAdapter(parameters, config, { base, prompt, text, metrics, image: { minSize, maxSize } }),
  };
}

/** All names of the data, with the words that the run puts around them. */
function promptOf({ data, batches }: RunConfig, training: RunData['training']): PromptInput {
  const categories = training.flatMap((dataset, i) => {
    const { wording = {} } = data[i].prompts ?? batches.prompts;
    return dataset.categories.map(({ name }): string | Category => {
      const own = wording[name];
      if (own === undefined) return name;
      const { name: word, ...context } = own;
      return { label: name, ...(word !== undefined && { names: [word] }), ...context };
    });
  });
  return { categories };
}
