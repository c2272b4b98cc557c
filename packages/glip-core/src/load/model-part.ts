import { type ByteSource, byteSource } from '@glip-wgpu/tensor-wgpu';
import { openFile } from '#files';
import { ModelError } from '../errors.ts';
import type { FileContent, ModelPlaces } from './model-source.ts';

const MAX_TEXT_BYTES = 64 * 2 ** 20; // bytes of a config or vocabulary

export interface PartOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A part that may be stored beside the weights. */
interface Optional {
  readonly optional: string;
}

export function optional({ folder }: ModelPlaces, file: string): Optional | undefined {
  return folder === undefined ? undefined : { optional: `${folder}${file}` };
}

export async function textOf(
  name: string,
  part: string,
  from: string | URL | Uint8Array | Optional | undefined,
  options: PartOptions,
): Promise<string | undefined> {
  if (from === undefined) return undefined;
  const isOptional = typeof from === 'object' && 'optional' in from;
  const source = await read(
    name,
    part,
    async () => (isOptional ? ifThere(open(from.optional, options)) : open(from, options)),
    options,
  );
  if (!source) return undefined;
  if (source.size > MAX_TEXT_BYTES) throw new ModelError(`${name}: its ${part} has ${source.size} bytes`);
  return decode(await read(name, part, () => source.read(0, source.size), options));
}

export async function open(from: FileContent, { signal }: PartOptions): Promise<ByteSource> {
  if (from instanceof Uint8Array || from instanceof Blob) return byteSource(from);
  return isLocation(from) ? openFile(from, signal) : from;
}

export function isIndex(location: string): boolean {
  return /\.index\.json([?#].*)?$/i.test(location);
}

export function isLocation(from: FileContent): from is string | URL {
  return typeof from === 'string' || from instanceof URL;
}

export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundError') return undefined;
    throw error;
  }
}

export async function read<T>(
  name: string,
  part: string,
  body: () => Promise<T>,
  { signal }: PartOptions,
): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    signal?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError(`${name}: its ${part} cannot be read: ${reason}`, { cause });
  }
}

/** Prefixes errors about a checkpoint's content with its name. */
export async function named<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && !error.message.includes(name)) {
      error.message = `${name}: ${error.message}`;
    }
    throw error;
  }
}

export function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
