import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import type { GlipConfig } from '../config/config.ts';
import { ModelError } from '../errors.ts';
import { type PublishedModel, publishedModel, publishedModels } from './published-models.ts';

/** Content or its location: a URL, a path (Node), or a File that the user chose. */
export type FileContent = string | URL | Uint8Array | Blob | ByteSource;

/** Parts of a model, each given as content or location. */
export interface ModelFiles {
  /** For messages. */
  readonly name?: string | undefined;
  /** A .pth or .safetensors checkpoint, or the index of one in several files. */
  readonly weights: FileContent;
  /** `config.json`, with our keys or the original's. Default: that of the published model with these shapes. */
  readonly config?: string | URL | GlipConfig | undefined;
  /** `vocab.txt`, one word piece per line. Default: that of BERT base, uncased. */
  readonly vocabulary?: string | URL | Uint8Array | undefined;
  /** `words.txt`, the words that the model was trained on, one per line; other words then cause a warning. */
  readonly words?: string | URL | Uint8Array | undefined;
}

/**
 * A model's files; or the location of its weights (a .pth or .safetensors file, or a folder, with `config.json` and
 * `vocab.txt` beside them if needed); or the checkpoint itself; or the name of a published model: 'glip-t-a', 'glip-t-b',
 * 'glip-t-c', 'glip-t', 'glip-l', or with '-coco' at the end the one that MMDetection fine-tuned on COCO.
 */
export type ModelSource = ModelFiles | string | URL | Blob;

/** Places to look for a model's parts. */
export interface ModelPlaces {
  readonly name: string;
  readonly published?: PublishedModel | undefined;
  /** Location of the weights; if undefined, `WEIGHT_FILES` are tried in `folder`, in that order. */
  readonly weights?: FileContent | undefined;
  /** Folder to search for parts that are not given, with a final slash. */
  readonly folder?: string | undefined;
  readonly files: Partial<ModelFiles>;
}

/** File names of weights in a folder, in order of preference. */
export const WEIGHT_FILES = ['model.safetensors', 'model.safetensors.index.json', 'model.pth'] as const;

/** Resolves a source to the places to look in. @throws ModelError if the source is invalid */
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

/** Folder of a file, with the final slash; Windows paths may use either slash. */
export function folderOf(location: string): string {
  const path = location.replace(/[?#].*$/, '');
  const isUrl = /^[a-z]{2,}:/i.test(path);
  return path.slice(0, Math.max(path.lastIndexOf('/'), isUrl ? -1 : path.lastIndexOf('\\')) + 1);
}
