import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { toSafetensors } from '@glip-wgpu/checkpoint';
import { DownloadError, ModelError, type OpenedModel, openModel } from '@glip-wgpu/glip-core';
import { parse } from './arguments.ts';
import { InputError } from './input-error.ts';
import { MODEL_OPTIONS, modelOptions, modelSource } from './model.ts';
import { megabytes, progress } from './progress.ts';

export const CONVERT_HELP = `glip convert MODEL --out FILE.safetensors [--f16]    a checkpoint as safetensors, a tensor at a time

  --out FILE           what is written; config.json and vocab.txt are put beside it, where they are known
  --f16                weights and tables as f16, half the size

MODEL may be a .pth file. Of a training checkpoint only the weights are read, and nothing in it is ever run.`;

/** `glip convert`. @throws InputError for arguments that cannot be used */
export async function convert(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args, {
    ...MODEL_OPTIONS,
    out: { type: 'string' },
    f16: { type: 'boolean' },
  });
  const [model] = positionals;
  const { out } = values;
  if (model === undefined || positionals.length > 1) {
    throw new InputError('name one model: glip convert MODEL --out FILE.safetensors');
  }
  if (out === undefined || !out.endsWith('.safetensors')) {
    throw new InputError('say where to write: --out FILE.safetensors');
  }
  if (resolve(out) === resolve(model)) throw new InputError(`${out}: a file cannot be converted onto itself`);
  const opened = await openModel(modelSource(model), modelOptions(values));
  const converted = toSafetensors(opened.file, { f16: values.f16 });
  await mkdir(dirname(resolve(out)), { recursive: true });
  await writeWhole(out, converted.size, converted.chunks());
  console.log(`wrote ${out}, ${converted.tensors} tensors, ${megabytes(converted.size)}`);
  await writeBeside(out, opened);
}

/** Writes under another name until everything is there. */
async function writeWhole(out: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${out}.${process.pid}.part`;
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, 'w');
    let done = 0;
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
      done += chunk.length;
      progress(`converting ${Math.floor((100 * done) / size)} %`);
    }
    await file.sync();
    await file.close();
    await rename(temporary, out);
  } catch (cause) {
    await file?.close().catch(() => {});
    await rm(temporary, { force: true });
    if (cause instanceof Error && 'syscall' in cause) {
      throw new InputError(`${out}: cannot be written (${cause.message})`, { cause });
    }
    throw cause;
  } finally {
    progress('');
  }
}

/** What a folder needs besides weights, unless it is there. */
async function writeBeside(out: string, opened: OpenedModel): Promise<void> {
  const parts: [name: string, read: () => Promise<string>][] = [
    ['config.json', async () => `${JSON.stringify(await opened.config(), null, 2)}\n`],
    ['vocab.txt', () => opened.vocabulary()],
  ];
  for (const [name, read] of parts) {
    const path = join(dirname(out), name);
    if (existsSync(path)) continue;
    try {
      await writeFile(path, await read());
      console.log(`wrote ${path}`);
    } catch (error) {
      if (!(error instanceof ModelError || error instanceof DownloadError)) throw error;
      console.error(`no ${path} was written: ${error.message.split('\n')[0]}`);
    }
  }
}
