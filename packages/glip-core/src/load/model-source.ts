import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import type { GlipConfig } from '../config/config.ts';
import { ModelError } from '../errors.ts';
import { type PublishedModel, publishedModel, publishedModels } from './published-models.ts';

/** Content, or where it is: a URL, a path in Node, a File that the user chose. */
export type FileContent = string | URL | Uint8Array | Blob | ByteSource;

/** What a model consists of: each part its content, or where to read it. */
export interface ModelFiles {
  /** For messages. */
  readonly name?: string | undefined;
  /** A .pth or .safetensors checkpoint, or the index of one in several files. */
  readonly weights: FileContent;
  /** `config.json`, ours or the original's keys. That of the published model with these shapes unless given. */
  readonly config?: string | URL | GlipConfig | undefined;
  /** `vocab.txt`, a word piece per line. That of BERT base, uncased, unless given. */
  readonly vocabulary?: string | URL | Uint8Array | undefined;
  /** `words.txt`, the words that the model learned from, one in a line; others are then warned of. */
  readonly words?: string | URL | Uint8Array | undefined;
}

/**
 * A model's files; or where its weights are, a .pth or .safetensors file, or a folder, with `config.json` and
 * `vocab.txt` beside them if need be; or a checkpoint itself; or the name of a published model: 'glip-t-a', 'glip-t-b',
 * 'glip-t-c', 'glip-t', 'glip-l'.
 */
export type ModelSource = ModelFiles | string | URL | Blob;

/** Where a model's parts are to be looked for. */
export interface ModelPlaces {
  readonly name: string;
  readonly published?: PublishedModel | undefined;
  /** The weights, or names to try in `folder`, in this order. */
  readonly weights?: FileContent | undefined;
  /** A location that ends in a slash: what the parts that are not given lie in, if they are there. */
  readonly folder?: string | undefined;
  readonly files: Partial<ModelFiles>;
}

/** Names of weights in a folder. */
export const WEIGHT_FILES = ['model.safetensors', 'model.safetensors.index.json', 'model.pth'] as const;

/** What a source means. @throws ModelError for one that means nothing */
export function placesOf(source: ModelSource): ModelPlaces {
  if (source instanceof Blob) {
    return { name: 'name' in source ? String(source.name) : 'the checkpoint', weights: source, files: {} };
  }
  if (typeof source === 'string' || source instanceof URL) return placesOfLocation(String(source));
  if (!source?.weights) throw new ModelError('model: weights are missing');
  const { weights, name } = source;
  const isPlace = typeof weights === 'string' || weights instanceof URL;
  return { name: name ?? (isPlace ? String(weights) : 'the model'), weights, files: source };
}

function placesOfLocation(location: string): ModelPlaces {
  if (location.trim() === '') throw new ModelError('model: the location is empty');
  const published = publishedModel(location);
  if (published) return { name: location, published, files: {} };
  if (/^glip-[a-z-]+$/.test(location)) {
    throw new ModelError(
      `${location}: there is no such model; published are ${publishedModels.map(({ name }) => name).join(', ')}`,
    );
  }
  const path = location.replace(/[?#].*$/, '');
  if (/\.(onnx|bin|gguf|msgpack|h5|zip)$/i.test(path)) {
    throw new ModelError(`${location}: only .pth and .safetensors checkpoints can be read`);
  }
  const isFile = /\.(safetensors|pth|pt|safetensors\.index\.json)$/i.test(path);
  const folder = isFile ? folderOf(path) : `${path.replace(/[/\\]+$/, '')}/`;
  return { name: location, weights: isFile ? location : undefined, folder, files: {} };
}

/** What a file lies in, with the last slash. Paths of Windows have two kinds. */
export function folderOf(location: string): string {
  const path = location.replace(/[?#].*$/, '');
  const isUrl = /^[a-z]{2,}:/i.test(path);
  return path.slice(0, Math.max(path.lastIndexOf('/'), isUrl ? -1 : path.lastIndexOf('\\')) + 1);
}
