import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WordPiece } from '@glip-wgpu/bert';
import { type Adapter, checkConfig, fingerprintOf, type GlipConfig, openModel } from '@glip-wgpu/glip-core';
import { isIgnored, type Network, network, PROMPT_ROWS, withPromptRows } from '@glip-wgpu/glip-core/network';
import { makesAdapter, trainedBy } from '@glip-wgpu/glip-train';
import { type Device, dryDevice, parseSafetensors, type Shape } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { InputError } from '../inputs/input-error.ts';
import { modelSource } from '../model.ts';
import { batchesOf, originOf, type RunConfig } from './run-config.ts';
import { type ModelText, type RunFolder, TRAINING_HEADS } from './run-folder.ts';

/** A model with f32 parameters on the GPU, to be trained in place. */
export interface TrainableModel {
  readonly config: GlipConfig;
  readonly tokenizer: WordPiece;
  readonly parameters: ParameterTree;
  readonly text: ModelText;
  /** Of an earlier run that trained the model, unless this run has a checkpoint, which holds its own. */
  readonly heads?: Uint8Array | undefined;
  /** The model as it was before this run, for runs that make an adapter of it. */
  readonly base: Adapter['base'] | undefined;
}

/**
 * Parameters read from the run's model, or random ones; zeros where the run has a checkpoint, which overwrites them all.
 *
 * @throws InputError and as `Glip.load`
 */
export async function loadTrainable(
  device: Device,
  folder: RunFolder,
  run: RunConfig,
): Promise<TrainableModel> {
  const { source, ...parts } = await partsOf(folder, run);
  const { tokenizer, vocabulary } = parts;
  const config = trainableConfig(parts.config, run);
  const build = (p: ParameterTree): Network => network(p, config);
  const text = { config: `${JSON.stringify(config, null, 2)}\n`, vocabulary };
  if (!source) {
    const parameters = await zeros(device, build);
    return { config, tokenizer, parameters, text, base: await folder.base() };
  }
  if (run.model !== 'new') {
    const { parameters } = await ParameterTree.load(
      device,
      withPromptRows(source, config),
      build,
      isIgnored,
      {
        dtype: 'f32',
      },
    );
    const isOwn = (name: string): boolean => source.shape(name) !== undefined;
    const own = new Map([...parameters.all].filter(([name]) => isOwn(name)));
    const base = makesAdapter(run)
      ? { name: basename(run.model), fingerprint: await fingerprintOf(ParameterTree.over(device, own)) }
      : undefined;
    if (base) await folder.writeBase(base);
    return { config, tokenizer, parameters, text, base, heads: await headsBeside(run.model) };
  }
  const parameters = ParameterTree.random(device, run.seed);
  build(parameters);
  for (const [name, value] of Object.entries(run.initial ?? {})) {
    const found = parameters.all.get(name);
    if (!found) throw new InputError(`initial: the model has no parameter ${name}`);
    parameters.write(name, new Float32Array(found.tensor.size).fill(value));
  }
  return { config, tokenizer, parameters, text, base: undefined };
}

/** Heads that an earlier run has left beside a model's weights. @throws InputError for a file that is damaged */
async function headsBeside(model: string): Promise<Uint8Array | undefined> {
  const source = modelSource(model);
  if (typeof source !== 'string' || !existsSync(source)) return undefined;
  const file = join(statSync(source).isDirectory() ? source : dirname(source), TRAINING_HEADS);
  if (!existsSync(file)) return undefined;
  const bytes = await readFile(file);
  try {
    const heads = parseSafetensors(bytes);
    for (const name of heads.names)
      if (!heads.f32(name).every(Number.isFinite)) throw new Error(`${name} holds a NaN or an infinity`);
  } catch (cause) {
    throw new InputError(`${file}: ${(cause as Error).message}; remove it to begin with new heads`, {
      cause,
    });
  }
  return bytes;
}

/** The configuration of the model that a run trains. @throws as `modelParts` */
export async function modelOf(folder: RunFolder, run: RunConfig): Promise<GlipConfig> {
  return (await partsOf(folder, run)).config;
}

/** Of the run's own model once it has a checkpoint, which needs no weights, else of the model that it starts from. */
async function partsOf(folder: RunFolder, run: RunConfig) {
  const own = await folder.modelText();
  if (!own) return modelParts(originOf(run));
  const { config, vocabulary } = own;
  const tokenizer = WordPiece.fromVocab(vocabulary);
  return { config: checkConfig(JSON.parse(config)), vocabulary, tokenizer, source: undefined };
}

async function zeros(device: Device, build: (p: ParameterTree) => Network): Promise<ParameterTree> {
  const shapes = new Map<string, Shape>();
  build(ParameterTree.dry(dryDevice(device.info), (name, shape) => void shapes.set(name, shape)));
  const read = (name: string): Float32Array =>
    new Float32Array(shapes.get(name)?.reduce((size, axis) => size * axis, 1) ?? 0);
  const source = { names: [...shapes.keys()], shape: (name: string) => shapes.get(name), read };
  return (await ParameterTree.load(device, source, build)).parameters;
}

/**
 * The model's configuration with the picture size that it is trained for, the largest of the last phase, and with rows
 * where prompts are tuned.
 */
export function trainableConfig(config: GlipConfig, run: RunConfig): GlipConfig {
  const { sizes, maxSize } = batchesOf(run, run.phases[run.phases.length - 1]);
  const minSize = Math.max(...sizes);
  const image = { ...config.image, minSize, maxSize: Math.max(minSize, maxSize) };
  const { promptRows = config.text.maxTokens, ...text } = config.text;
  const tuned = run.phases.some((phase) => trainedBy(phase)(PROMPT_ROWS) && phase.trains !== 'all');
  const rows = tuned || config.text.promptRows !== undefined;
  return { ...config, image, text: rows ? { ...text, promptRows } : text };
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
