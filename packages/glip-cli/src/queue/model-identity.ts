import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { version } from '../../package.json';
import type { Values } from '../arguments/command.ts';
import { InputError, systemReason } from '../inputs/input-error.ts';
import {
  type ADAPTER_OPTION,
  DEFAULT_MODEL,
  type MODEL_OPTION,
  type MODEL_OPTIONS,
  modelOfRun,
} from '../model.ts';

export type ModelValues = Values<typeof MODEL_OPTIONS & typeof MODEL_OPTION & typeof ADAPTER_OPTION>;

/** Options that choose a model; they may name other paths on other machines. */
const MODEL_VALUES = ['model', 'weights', 'from-file', 'config', 'vocabulary', 'adapter'] as const;

/** Files of a model that decide what it finds. */
const MODEL_FILES = ['config.json', 'model.safetensors', 'vocab.txt', 'adapter.safetensors'];

/**
 * The part of a model that a run's results depend on, the same on every machine: the program's version, names of published
 * models, and SHA-256 of files.
 *
 * @throws InputError for a file that cannot be read
 */
export async function modelIdentity(values: ModelValues): Promise<Record<string, unknown>> {
  const { model = DEFAULT_MODEL, weights = 'f32' } = values;
  return {
    version,
    model: await identityOf(model),
    weights,
    'checkpoint file': await identityOf(values['from-file']),
    configuration: await identityOf(values.config),
    vocabulary: await identityOf(values.vocabulary),
    adapter: await identityOf(values.adapter),
  };
}

/** The model's options alone. */
export function modelValues(values: ModelValues): ModelValues {
  return Object.fromEntries(
    MODEL_VALUES.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  );
}

async function identityOf(given: string | undefined): Promise<string | null> {
  if (given === undefined) return null;
  if (!existsSync(given)) return given; // a published name or a URL
  const place = modelOfRun(given)?.path ?? given;
  if (!statSync(place).isDirectory()) return `sha256:${await sha256Of(place)}`;
  const own = readdirSync(place).filter(
    (name) => MODEL_FILES.includes(name) || /\.safetensors(\.index\.json)?$/.test(name),
  );
  const hashes: string[] = [];
  for (const name of own.sort()) hashes.push(`${name} ${await sha256Of(join(place, name))}`);
  if (hashes.length === 0) throw new InputError(`${given}: no model.safetensors in this folder`);
  return `sha256:${createHash('sha256').update(hashes.join('\n')).digest('hex')}`;
}

const known = new Map<string, Promise<string>>();

function sha256Of(path: string): Promise<string> {
  const { size, mtimeMs } = statSync(path);
  const key = `${path} ${size} ${mtimeMs}`;
  const hash = known.get(key) ?? hashed(path);
  known.set(key, hash);
  return hash;
}

async function hashed(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch (cause) {
    throw new InputError(`${basename(path)}: cannot be read: ${systemReason(cause)}`, { cause });
  }
  return hash.digest('hex');
}
