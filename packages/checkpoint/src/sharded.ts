import { type ByteSource, openSafetensors } from '@glip-wgpu/tensor-wgpu';
import type { CheckpointFile } from './checkpoint-file.ts';

/** Reason for refusing the index of a sharded checkpoint. */
export type ShardErrorCode =
  | 'index-json'
  | 'index-name' // of a shard: not a plain file name
  | 'index-missing' // a tensor that its shard does not hold
  | 'index-extra' // a tensor that a shard holds and the index does not name
  | 'index-shards'; // too many

/** An index that is malformed, or does not match its shards. */
export class ShardError extends Error {
  override readonly name = 'ShardError';
  readonly code: ShardErrorCode;

  constructor(code: ShardErrorCode, message: string) {
    super(`model.safetensors.index.json: ${message}`);
    this.code = code;
  }
}

const MAX_SHARDS = 1000;

/**
 * Opens a checkpoint that is split into several safetensors files, by its `model.safetensors.index.json`.
 *
 * @param openShard  opens a file that lies beside the index; asked for plain names only, never for a path
 * @throws ShardError or SafetensorsError
 */
export async function openSharded(
  index: string,
  openShard: (name: string) => Promise<ByteSource>,
): Promise<CheckpointFile> {
  const map = weightMap(index);
  const shards = new Map<string, Awaited<ReturnType<typeof openSafetensors>>>();
  for (const shard of new Set(map.values())) shards.set(shard, await openSafetensors(await openShard(shard)));
  const place = new Map<string, Awaited<ReturnType<typeof openSafetensors>>>();
  for (const [shard, file] of shards) {
    for (const tensor of file.names) {
      if (map.get(tensor) !== shard)
        throw new ShardError('index-extra', `${shard} holds ${tensor}, which is not said to be there`);
      place.set(tensor, file);
    }
  }
  for (const [tensor, shard] of map) {
    if (!place.has(tensor)) throw new ShardError('index-missing', `${tensor} is not in ${shard}`);
  }
  const find = (name: string) => place.get(name) ?? [...shards.values()][0];
  return {
    format: 'safetensors',
    names: [...place.keys()],
    info: (name) => find(name).info(name),
    bytes: (name) => find(name).bytes(name),
  };
}

function weightMap(text: string): Map<string, string> {
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch (cause) {
    throw new ShardError('index-json', `it is not JSON (${String(cause)})`);
  }
  const entries =
    typeof index === 'object' && index !== null && Object.hasOwn(index, 'weight_map')
      ? (index as { weight_map: unknown }).weight_map
      : undefined;
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) {
    throw new ShardError('index-json', 'it has no weight_map');
  }
  const map = new Map<string, string>();
  for (const [tensor, shard] of Object.entries(entries)) {
    if (typeof shard !== 'string')
      throw new ShardError('index-json', `${tensor} is in ${JSON.stringify(shard)}`);
    if (!/^[A-Za-z0-9_][\w.-]*\.safetensors$/.test(shard)) {
      throw new ShardError(
        'index-name',
        `${JSON.stringify(shard.slice(0, 100))} is not a plain name of a safetensors file`,
      );
    }
    map.set(tensor, shard);
  }
  if (map.size === 0) throw new ShardError('index-json', 'it names no tensor');
  const count = new Set(map.values()).size;
  if (count > MAX_SHARDS)
    throw new ShardError('index-shards', `${count} shards, at most ${MAX_SHARDS} are read`);
  return map;
}
