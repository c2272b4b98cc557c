import { existsSync } from 'node:fs';
import {
  type CachedFile,
  downloadPublished,
  expectedDigits,
  importPublished,
  type PublishedModel,
  publishedModel,
  publishedModels,
  type RemoteFile,
} from '@glip-wgpu/glip-core';
import { defineCommand, type Values } from './arguments/command.ts';
import { nearest } from './arguments/suggest.ts';
import { InputError } from './inputs/input-error.ts';
import { bar, megabytes } from './outputs/progress.ts';
import { print } from './outputs/terminal.ts';

const NAMES = publishedModels.map(({ name }) => name);
const OPTIONS = {
  'from-file': {
    type: 'string',
    value: 'FILE',
    help: 'take the weights from a local file, for machines without a network',
  },
  vocabulary: { type: 'string', value: 'FILE', help: 'take the vocabulary from a local file' },
  offline: { type: 'boolean', help: 'download nothing' },
} as const;

/** `glip download` */
export const download = defineCommand({
  name: 'download',
  usage: 'MODEL [options]',
  summary: `download a published model into the cache: ${NAMES.join(', ')}`,
  options: OPTIONS,
  notes: `The cache is the folder that GLIP_CACHE names, else glip-wgpu in your cache folder. GLIP_MIRROR may name a URL that
is tried first. A download that was cut off is continued.`,
  run,
});

async function run(values: Values<typeof OPTIONS>, positionals: readonly string[]): Promise<void> {
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
    const digits = expectedDigits(file, url ?? file.name);
    const known = digits === undefined ? 'recorded; none is published' : `as published: ${digits}`;
    print(`${file.name}  ${megabytes(size)}  from ${url}\n  SHA-256 ${sha256} (${known})`);
  }
}

function publishedOf(positionals: readonly string[]): PublishedModel {
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) {
    throw new InputError(`name one model: glip download ${NAMES.join(', ')}`);
  }
  const model = publishedModel(name);
  if (model) return model;
  const near = nearest(name, NAMES);
  throw new InputError(
    `${name}: not a published model; the published models are ${NAMES.join(', ')}${near ? `; did you mean ${near}?` : ''}`,
  );
}
