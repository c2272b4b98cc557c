import { existsSync } from 'node:fs';
import {
  type CachedFile,
  downloadPublished,
  importPublished,
  type PublishedModel,
  publishedModel,
  publishedModels,
  type RemoteFile,
} from '@glip-wgpu/glip-core';
import { parse } from './arguments.ts';
import { InputError } from './input-error.ts';
import { bar, megabytes } from './progress.ts';

export const DOWNLOAD_HELP = `glip download MODEL    put a published model into the cache: ${publishedModels.map(({ name }) => name).join(', ')}

  --from-file FILE     take the weights from a file, for machines without a network
  --vocabulary FILE    take the vocabulary from a file
  --offline            download nothing

The cache is the folder that GLIP_CACHE names, else glip-wgpu in your cache folder. GLIP_MIRROR may name a URL that is
tried first. What broke off goes on where it was.`;

/** `glip download`. @throws InputError for arguments that cannot be used */
export async function download(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args, {
    'from-file': { type: 'string' },
    vocabulary: { type: 'string' },
    offline: { type: 'boolean' },
  });
  const model = publishedOf(positionals);
  const { offline, 'from-file': weights, vocabulary } = values;
  const get = async (file: RemoteFile, from: string | undefined): Promise<CachedFile> => {
    if (from === undefined) return downloadPublished(file, { offline, onProgress: bar });
    if (!existsSync(from)) throw new InputError(`${from}: no such file`);
    return importPublished(file, from, { onProgress: bar });
  };
  for (const [file, from] of [
    [model.weights, weights],
    [model.vocabulary, vocabulary],
  ] as const) {
    const { size, sha256, url } = await get(file, from);
    const known = file.sha256 === undefined ? 'recorded, for none is published' : 'as published';
    console.log(`${file.name}  ${megabytes(size)}  from ${url}\n  SHA-256 ${sha256} (${known})`);
  }
}

function publishedOf(positionals: readonly string[]): PublishedModel {
  const names = publishedModels.map(({ name }) => name).join(', ');
  const [name] = positionals;
  if (name === undefined || positionals.length > 1)
    throw new InputError(`name one model: glip download ${names}`);
  const model = publishedModel(name);
  if (!model) throw new InputError(`${name}: not a published model; there are ${names}`);
  return model;
}
