import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cachedPublished,
  publishedModel,
  publishedModels,
  WEIGHT_FORMS,
  weightFile,
} from '@glip-wgpu/glip-core';
import { defineCommand, type Values } from './arguments/command.ts';
import { nearest } from './arguments/suggest.ts';
import { InputError, systemReason } from './inputs/input-error.ts';
import { megabytes } from './outputs/progress.ts';
import { print } from './outputs/terminal.ts';

const OPTIONS = { all: { type: 'boolean', help: 'with rm: every model' } } as const;
const NAMES = publishedModels.map(({ name }) => name);

/** `glip cache` */
export const cache = defineCommand({
  name: 'cache',
  usage: 'ls | rm MODEL... [--all]',
  summary: 'list or remove downloaded models',
  options: OPTIONS,
  notes: 'The cache is the folder that GLIP_CACHE names, else glip-wgpu in your cache folder.',
  run,
});

async function run({ all }: Values<typeof OPTIONS>, [action, ...names]: readonly string[]): Promise<void> {
  if (action === 'ls') return list();
  if (action !== 'rm') {
    throw new InputError(
      action === undefined
        ? 'name an action: glip cache ls, or glip cache rm MODEL'
        : `cache ${action}: expected ls or rm`,
    );
  }
  if (names.length === 0 && !all)
    throw new InputError(`name a model: glip cache rm ${NAMES.join(', ')}, or --all`);
  for (const name of names) {
    if (publishedModel(name)) continue;
    const near = nearest(name, NAMES);
    throw new InputError(`${name}: not a published model${near ? `; did you mean ${near}?` : ''}`);
  }
  for (const name of all ? NAMES : names) await remove(name, !all);
}

/** A file in the cache, complete or partly downloaded. */
export interface CacheEntry {
  readonly name: string;
  readonly paths: readonly string[];
  readonly bytes: number;
  readonly partial: boolean;
}

async function list(): Promise<void> {
  print(await location());
  let total = 0;
  for (const name of NAMES) {
    for (const entry of await entriesOf(name)) {
      total += entry.bytes;
      print(`  ${entry.name}  ${megabytes(entry.bytes)}${entry.partial ? ', incomplete' : ''}`);
    }
  }
  print(total === 0 ? '  empty' : `  ${megabytes(total)} in all`);
}

async function remove(name: string, tell: boolean): Promise<void> {
  const entries = await entriesOf(name);
  if (entries.length === 0 && tell) print(`${name} is not in the cache`);
  for (const { name: file, paths, bytes } of entries) {
    for (const path of paths) {
      try {
        await rm(path, { force: true });
      } catch (cause) {
        throw new InputError(`${path}: cannot be removed: ${systemReason(cause)}`, { cause });
      }
    }
    print(`removed ${file}, ${megabytes(bytes)}`);
  }
}

async function location(): Promise<string> {
  return (await cachedPublished(publishedModels[0].weights)).location;
}

/** Files that belong to one model, and to no other. */
export async function entriesOf(model: string): Promise<CacheEntry[]> {
  const published = publishedModel(model);
  if (!published) return [];
  const folder = await location();
  const converted = WEIGHT_FORMS.map((form) => weightFile(published, form));
  const names = [...converted, published.weights.name, published.vocabulary.name];
  const entries = await Promise.all(
    names
      .filter((name) => name.startsWith(`${model}/`))
      .map(async (name): Promise<CacheEntry> => {
        const whole = join(folder, ...name.split('/'));
        const [bytes, partial] = [await sizeOf(whole), await sizeOf(`${whole}.part`)];
        const paths = ['', '.json', '.part', '.part.json', '.part.journal'].map((suffix) => whole + suffix);
        return { name, paths, bytes: (bytes ?? 0) + (partial ?? 0), partial: bytes === undefined };
      }),
  );
  return entries.filter(({ bytes }) => bytes > 0);
}

/** Bytes of a file on disk: those of an incomplete one may have gaps. */
async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && Math.min(found.size, found.blocks * 512);
}
