import { readFile } from 'node:fs/promises';
import { WordPiece } from '@glip-wgpu/bert';
import { checkConfig, type GlipConfig, openModel } from '@glip-wgpu/glip-core';
import { isIgnored, type Network, network } from '@glip-wgpu/glip-core/network';
import type { Device } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { InputError } from '../inputs/input-error.ts';
import { modelSource } from '../model.ts';
import { batchesOf, type RunConfig } from './run-config.ts';
import type { ModelText } from './run-folder.ts';

/** A model with f32 parameters on the GPU, to be trained in place. */
export interface TrainableModel {
  readonly config: GlipConfig;
  readonly tokenizer: WordPiece;
  readonly parameters: ParameterTree;
  readonly text: ModelText;
}

/** Parameters read from the run's model, or random ones. @throws InputError and as `Glip.load` */
export async function loadTrainable(device: Device, run: RunConfig): Promise<TrainableModel> {
  const fresh = run.model === 'new';
  const parts = await modelParts(fresh ? run.architecture : run.model);
  const { tokenizer, vocabulary, source } = parts;
  const config = trainedAt(parts.config, run);
  const build = (p: ParameterTree): Network => network(p, config);
  const text = { config: `${JSON.stringify(config, null, 2)}\n`, vocabulary };
  if (!fresh) {
    const { parameters } = await ParameterTree.load(device, source, build, isIgnored, {
      dtype: 'f32',
    });
    return { config, tokenizer, parameters, text };
  }
  const parameters = ParameterTree.random(device, run.seed);
  build(parameters);
  for (const [name, value] of Object.entries(run.initial ?? {})) {
    const found = parameters.all.get(name);
    if (!found) throw new InputError(`initial: the model has no parameter ${name}`);
    parameters.write(name, new Float32Array(found.tensor.size).fill(value));
  }
  return { config, tokenizer, parameters, text };
}

/** The model's configuration with the picture size that it is trained for: the largest of the last phase. */
function trainedAt(config: GlipConfig, run: RunConfig): GlipConfig {
  const { sizes, maxSize } = batchesOf(run, run.phases[run.phases.length - 1]);
  const minSize = Math.max(...sizes);
  return { ...config, image: { ...config.image, minSize, maxSize: Math.max(minSize, maxSize) } };
}

/** A model's parts, without its weights. @throws InputError, ConfigError, ModelError, TokenizerError */
export async function modelParts(model: string) {
  const { source, ...opened } = await openModel(modelSource(model));
  const config = checkConfig(await opened.config());
  const vocabulary = await opened.vocabulary();
  const tokenizer = WordPiece.fromVocab(vocabulary);
  if (tokenizer.vocabSize !== config.bert.vocabSize) {
    throw new InputError(
      `${model}: its vocabulary has ${tokenizer.vocabSize} pieces, its configuration says ${config.bert.vocabSize}`,
    );
  }
  return { config, tokenizer, vocabulary, source };
}

/** Text of a file. @throws InputError */
export async function textFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw new InputError(`${path}: cannot be read: ${cause.message}`, { cause });
  });
}
