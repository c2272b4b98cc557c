import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { toSafetensors } from '@glip-wgpu/checkpoint';
import { DownloadError, ModelError, type OpenedModel, openModel } from '@glip-wgpu/glip-core';
import { defineCommand, type Values } from './arguments/command.ts';
import { InputError } from './inputs/input-error.ts';
import { MODEL_OPTIONS, modelOptions, modelSource } from './model.ts';
import { clearProgress, megabytes, progress } from './outputs/progress.ts';
import { note, print } from './outputs/terminal.ts';
import { prepareFile, writeWhole } from './outputs/whole-file.ts';

const OPTIONS = {
  out: {
    type: 'string',
    value: 'FILE',
    help: 'the .safetensors file to write; config.json and vocab.txt are written beside it, if known',
    elsewhere: ['output'],
  },
  f16: { type: 'boolean', help: 'weights and tables as f16, half the size' },
  q8: { type: 'boolean', help: 'weights and tables in 8 bits, little more than a quarter of the size' },
  ...MODEL_OPTIONS,
} as const;

/** `glip convert` */
export const convert = defineCommand({
  name: 'convert',
  usage: 'MODEL --out FILE.safetensors [options]',
  summary: 'write a checkpoint as safetensors, one tensor at a time',
  options: OPTIONS,
  notes:
    'MODEL may be a .pth file. Of a training checkpoint only the weights are read, and no code in it is ever run.',
  run,
});

async function run(values: Values<typeof OPTIONS>, positionals: readonly string[]): Promise<void> {
  const [model] = positionals;
  const { out } = values;
  if (model === undefined || positionals.length > 1) {
    throw new InputError('name one model: glip convert MODEL --out FILE.safetensors');
  }
  if (out === undefined || !out.endsWith('.safetensors')) {
    throw new InputError('name the output file: --out FILE.safetensors');
  }
  if (resolve(out) === resolve(model)) throw new InputError(`${out}: a file cannot be converted onto itself`);
  if (values.f16 && values.q8) throw new InputError('--f16 and --q8 exclude each other');
  const opened = await openModel(modelSource(model), modelOptions(values));
  const converted = toSafetensors(opened.file, { f16: values.f16, q8: values.q8 });
  await prepareFile(out);
  try {
    await writeWhole(out, withProgress(converted.chunks(), converted.size));
  } finally {
    clearProgress();
  }
  print(`wrote ${out}, ${converted.tensors} tensors, ${megabytes(converted.size)}`);
  await writeBeside(out, opened);
}

async function* withProgress(chunks: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of chunks) {
    yield chunk;
    done += chunk.length;
    progress(`converting ${Math.floor((100 * done) / size)} %`);
  }
}

/** Writes the files that a model folder needs besides weights, where they are missing. */
async function writeBeside(out: string, opened: OpenedModel): Promise<void> {
  const parts: [name: string, read: () => Promise<string>][] = [
    ['config.json', async () => `${JSON.stringify(await opened.config(), null, 2)}\n`],
    ['vocab.txt', () => opened.vocabulary()],
  ];
  for (const [name, read] of parts) {
    const path = join(dirname(out), name);
    if (existsSync(path)) continue;
    try {
      await writeWhole(path, await read());
      print(`wrote ${path}`);
    } catch (error) {
      if (!(error instanceof ModelError || error instanceof DownloadError)) throw error;
      note(`no ${path} was written: ${error.message.split('\n')[0]}`);
    }
  }
}
