import { existsSync } from 'node:fs';
import {
  type CachedFile,
  type DownloadPlan,
  downloadPublished,
  downloadPublishedWeights,
  expectedDigits,
  importPublished,
  type PublishedModel,
  publishedModel,
  publishedModels,
  type RemoteFile,
  WEIGHT_FORMS,
} from '@glip-wgpu/glip-core';
import { defineCommand, type Values } from './arguments/command.ts';
import { choiceOf } from './arguments/numbers.ts';
import { nearest } from './arguments/suggest.ts';
import { InputError } from './inputs/input-error.ts';
import { describePlan } from './outputs/download-plan.ts';
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
  weights: {
    type: 'string',
    value: WEIGHT_FORMS.join('|'),
    help: 'precision in which the weights are stored (f32); f16 takes half the disk and q8 little more than a quarter; each is loaded as itself only',
  },
  offline: { type: 'boolean', help: 'download nothing' },
} as const;

/** `glip download` */
export const download = defineCommand({
  name: 'download',
  usage: 'MODEL [options]',
  summary: `download a published model into the cache: ${NAMES.join(', ')}`,
  options: OPTIONS,
  notes: `The cache is the folder that GLIP_CACHE names, else glip-wgpu in your cache folder. GLIP_MIRROR may name a URL that
is tried first. From servers that answer ranges, only the weights are downloaded, not what their authors saved beside
them. A download that was cut off is continued.`,
  run,
});

async function run(values: Values<typeof OPTIONS>, positionals: readonly string[]): Promise<void> {
  const model = publishedOf(positionals);
  const { offline, 'from-file': weights, vocabulary } = values;
  const form = choiceOf('weights', values.weights, WEIGHT_FORMS);
  const options = { offline, onProgress: bar };
  const copy = (file: RemoteFile, from: string): Promise<CachedFile> => {
    if (!existsSync(from)) throw new InputError(`${from}: no such file`);
    return importPublished(file, from, { onProgress: bar });
  };
  if (weights !== undefined) tell(model.weights, await copy(model.weights, weights));
  else {
    const onPlan = (plan: DownloadPlan): void => print(describePlan(plan));
    const found = await downloadPublishedWeights(model, { ...options, weights: form, onPlan });
    tell({ ...model.weights, name: found.name }, found);
  }
  const words = model.vocabulary;
  tell(
    words,
    vocabulary === undefined ? await downloadPublished(words, options) : await copy(words, vocabulary),
  );
}

function tell(file: RemoteFile, { size, sha256, url }: CachedFile): void {
  const isWhole = !file.name.endsWith('.safetensors'); // as the server has it
  const digits = isWhole ? expectedDigits(file, url ?? file.name) : undefined;
  const known = digits === undefined ? 'recorded; none is published' : `as published: ${digits}`;
  const checked = isWhole ? known : 'recorded; the weights fit their checksums in the archive';
  print(`${file.name}  ${megabytes(size)}  from ${url}\n  SHA-256 ${sha256} (${checked})`);
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
