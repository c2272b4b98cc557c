import { WordPiece } from '@glip-wgpu/bert';
import { byteSource } from '@glip-wgpu/tensor-wgpu';
import type { ParameterSource } from '@glip-wgpu/tensor-wgpu/nn';
import { readFile } from '#files';
import { openCheckpoint } from './checkpoint/open-checkpoint.ts';
import { parameterSource } from './checkpoint/parameter-source.ts';
import type { GlipConfig } from './config.ts';
import { checkConfig } from './config-check.ts';
import { parseConfig } from './config-parse.ts';
import { ModelError } from './errors.ts';

/** What a model consists of: each part its content, or where to read it. */
export interface ModelFiles {
  /** For messages. */
  readonly name?: string;
  /** A safetensors file. */
  readonly weights: string | URL | Uint8Array;
  /** `config.json`: ours or the original's keys. */
  readonly config: string | URL | GlipConfig;
  /** `vocab.txt`, a word piece per line. */
  readonly vocabulary: string | URL | Uint8Array;
  /** `words.txt`, the words that the model learned from, one in a line; others are then warned of. Optional. */
  readonly words?: string | URL | Uint8Array;
}

/** A model's files, or a folder or URL that holds `model.safetensors`, `config.json` and `vocab.txt`, or its weights. */
export type ModelSource = ModelFiles | string | URL;

/** A model's parts, read and checked. */
export interface LoadedFiles {
  readonly name: string;
  readonly config: GlipConfig;
  readonly source: ParameterSource;
  readonly tokenizer: WordPiece;
  readonly seenWords: ReadonlySet<string> | undefined;
}

/**
 * Reads a model's parts.
 *
 * @throws ModelError if a part cannot be read; ConfigError, SafetensorsError, TokenizerError if one is malformed
 */
export async function readModel(given: ModelSource, signal?: AbortSignal): Promise<LoadedFiles> {
  const files = filesOf(given);
  const name = files.name ?? String(given);
  const read = async (part: string, from: string | URL | Uint8Array): Promise<Uint8Array> => {
    if (from instanceof Uint8Array) return from;
    try {
      return await readFile(from, signal);
    } catch (cause) {
      signal?.throwIfAborted();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ModelError(`${name}: its ${part} cannot be read: ${reason}`, { cause });
    }
  };
  const isText = typeof files.config === 'string' || files.config instanceof URL;
  const config = isText
    ? parseConfig(decode(await read('config', files.config as string | URL)))
    : checkConfig(files.config as GlipConfig);
  const [weights, vocabulary] = await Promise.all([
    read('weights', files.weights),
    read('vocabulary', files.vocabulary),
  ]);
  const words = files.words && decode(await read('words', files.words));
  const seenWords = words ? new Set(words.split(/\s+/).filter(Boolean)) : undefined;
  const tokenizer = WordPiece.fromVocab(decode(vocabulary));
  if (tokenizer.vocabSize !== config.bert.vocabSize) {
    throw new ModelError(
      `${name}: its vocabulary has ${tokenizer.vocabSize} pieces, its config says ${config.bert.vocabSize}`,
    );
  }
  const source = parameterSource(await openCheckpoint(byteSource(weights)));
  return { name, config, source, tokenizer, seenWords };
}

function filesOf(source: ModelSource): ModelFiles {
  if (typeof source !== 'string' && !(source instanceof URL)) {
    for (const part of ['weights', 'config', 'vocabulary'] as const) {
      if (!source?.[part]) throw new ModelError(`model: ${part} is missing`);
    }
    return source;
  }
  const text = String(source);
  if (text.trim() === '') throw new ModelError('model: the location is empty');
  if (/\.(pth|pt|bin|onnx)$/i.test(text)) {
    throw new ModelError(`${text}: only safetensors weights can be read`);
  }
  const weights = /\.safetensors$/i.test(text);
  const folder = weights ? text.slice(0, text.lastIndexOf('/') + 1) : text.replace(/\/*$/, '/');
  return {
    name: text,
    weights: weights ? text : `${folder}model.safetensors`,
    config: `${folder}config.json`,
    vocabulary: `${folder}vocab.txt`,
  };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
