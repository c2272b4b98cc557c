import { WordPiece } from '@glip-wgpu/bert';
import { type CheckpointFile, openCheckpoint, openSharded, parameterSource } from '@glip-wgpu/checkpoint';
import { readAhead } from '@glip-wgpu/tensor-wgpu';
import type { ParameterSource } from '@glip-wgpu/tensor-wgpu/nn';
import { checkConfig } from '../config/check.ts';
import type { GlipConfig } from '../config/config.ts';
import { knownConfig } from '../config/known-config.ts';
import { parseConfig } from '../config/parse.ts';
import { ModelError } from '../errors.ts';
import { PROMPT_ROWS } from '../network/prompt-rows.ts';
import { bertVocabularyText } from './bert-vocabulary.ts';
import { withOriginalNames } from './mmdetection-file.ts';
import { ifThere, isIndex, isLocation, named, open, optional, read, textOf } from './model-part.ts';
import {
  type FileContent,
  folderOf,
  type ModelPlaces,
  type ModelSource,
  placesOf,
  WEIGHT_FILES,
} from './model-source.ts';
import { fetchWeights, type WeightOptions } from './published-weights.ts';

/** Reading options, and the parts of a model that its source does not include. */
export interface ModelOptions extends WeightOptions {
  /** Configuration, needed if there is no `config.json` and the weights are not those of a published model. */
  readonly config?: string | URL | GlipConfig | undefined;
  /** `vocab.txt`, if there is none beside the weights. */
  readonly vocabulary?: string | URL | Uint8Array | undefined;
  /** A local file with the weights of a published model, used instead of a download. */
  readonly fromFile?: FileContent | undefined;
}

/** A model's parts, read and checked; of the weights, only names and shapes. */
export interface LoadedFiles {
  readonly name: string;
  readonly config: GlipConfig;
  readonly source: ParameterSource;
  readonly tokenizer: WordPiece;
  readonly seenWords: ReadonlySet<string> | undefined;
  /** True if the file has MMDetection's names; `source` has the original's. */
  readonly mmdetection: boolean;
}

const READ_AHEAD = 4 * 2 ** 20;

/** A model of which only the weights' names and shapes are read; other parts are read on demand. */
export interface OpenedModel {
  readonly name: string;
  /** The checkpoint, with the original's names also where MMDetection's are stored. */
  readonly file: CheckpointFile;
  readonly source: ParameterSource;
  /** True if the file has MMDetection's names. */
  readonly mmdetection: boolean;
  /** Rejects with ConfigError or ModelError */
  config(): Promise<GlipConfig>;
  /** The text of `vocab.txt`. Rejects with ModelError or DownloadError */
  vocabulary(): Promise<string>;
}

/** Opens a model without reading its weights. @throws as `readModel` */
export async function openModel(source: ModelSource, options: ModelOptions = {}): Promise<OpenedModel> {
  const places = placesOf(source);
  const { name } = places;
  const stored = await named(name, openWeights(places, options));
  const file = withOriginalNames(name, stored);
  const parameters = parameterSource(file);
  const config = async (): Promise<GlipConfig> =>
    promptTuned(await configOf(places, parameters, options), parameters);
  return {
    name,
    file,
    source: parameters,
    mmdetection: file !== stored,
    config,
    vocabulary: async () => vocabularyOf(places, await config(), options),
  };
}

/**
 * Reads a model's parts.
 *
 * @throws ModelError if a part cannot be read; ConfigError, TorchFileError, SafetensorsError, ShardError, TokenizerError
 *   if one is malformed; DownloadError
 */
export async function readModel(source: ModelSource, options: ModelOptions = {}): Promise<LoadedFiles> {
  const opened = await openModel(source, options);
  const { name } = opened;
  const config = await opened.config();
  const tokenizer = WordPiece.fromVocab(await opened.vocabulary());
  if (tokenizer.vocabSize !== config.bert.vocabSize) {
    throw new ModelError(
      `${name}: its vocabulary has ${tokenizer.vocabSize} pieces, its config says ${config.bert.vocabSize}`,
    );
  }
  const places = placesOf(source);
  const words = await textOf(name, 'words', places.files.words ?? optional(places, 'words.txt'), options);
  const seenWords = words === undefined ? undefined : wordsIn(words);
  const { source: parameters, mmdetection } = opened;
  return { name, config, source: parameters, tokenizer, seenWords, mmdetection };
}

async function openWeights(places: ModelPlaces, options: ModelOptions): Promise<CheckpointFile> {
  const { name, published, folder, weights } = places;
  if (published) {
    const { fromFile } = options;
    const found =
      fromFile === undefined
        ? await fetchWeights(published, options)
        : await read(name, 'weights', () => open(fromFile, options), options);
    return openCheckpoint(readAhead(found, READ_AHEAD));
  }
  if (weights !== undefined) {
    if (isLocation(weights) && isIndex(String(weights))) return openIndex(String(weights), options);
    return openCheckpoint(
      readAhead(await read(name, 'weights', () => open(weights, options), options), READ_AHEAD),
    );
  }
  for (const candidate of WEIGHT_FILES) {
    const location = `${folder}${candidate}`;
    const found = await read(name, 'weights', () => ifThere(open(location, options)), options);
    if (found)
      return isIndex(candidate) ? openIndex(location, options) : openCheckpoint(readAhead(found, READ_AHEAD));
  }
  throw new ModelError(
    `${name}: its weights cannot be read: there is no ${WEIGHT_FILES.join(', no ')} in ${folder}`,
  );
}

async function openIndex(location: string, options: ModelOptions): Promise<CheckpointFile> {
  const text = await textOf(location, 'index', location, options);
  const folder = folderOf(location);
  return openSharded(text ?? '', async (shard) =>
    readAhead(await read(location, shard, () => open(`${folder}${shard}`, options), options), READ_AHEAD),
  );
}

async function configOf(
  places: ModelPlaces,
  source: ParameterSource,
  options: ModelOptions,
): Promise<GlipConfig> {
  const { name, published, files } = places;
  const given = files.config ?? options.config;
  if (typeof given === 'object' && !(given instanceof URL)) return checkConfig(given);
  const text = await textOf(name, 'config', given ?? optional(places, 'config.json'), options);
  if (text !== undefined) return parseConfig(text);
  return published?.config ?? knownConfig(name, source);
}

/** The checkpoint decides whether a model is prompt-tuned: the original's configurations do not always say it. */
function promptTuned(config: GlipConfig, source: ParameterSource): GlipConfig {
  const { promptRows: _, ...text } = config.text;
  const rows = source.shape(PROMPT_ROWS)?.[0];
  return rows === undefined
    ? { ...config, text }
    : checkConfig({ ...config, text: { ...text, promptRows: rows } });
}

async function vocabularyOf(places: ModelPlaces, config: GlipConfig, options: ModelOptions): Promise<string> {
  const { name, published, files } = places;
  const given = files.vocabulary ?? options.vocabulary;
  const text = await textOf(name, 'vocabulary', given ?? optional(places, 'vocab.txt'), options);
  if (text !== undefined) return text;
  if (!published && config.bert.vocabSize !== 30522) {
    throw new ModelError(
      `${name}: there is no vocab.txt beside it: pass its vocabulary of ${config.bert.vocabSize} pieces`,
    );
  }
  return bertVocabularyText(options);
}

function wordsIn(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter(Boolean));
}
