import { createHash } from 'node:crypto';
import type { CaptionShard } from '@glip-wgpu/datasets';

/** A JSON value's object: settings that results depend on. */
export type Settings = Readonly<Record<string, unknown>>;

/** Source of a shard's pictures. */
export type ShardSource = PictureList | MemberList | TarShard | CaptionSource;

/** Picture files. */
export interface PictureList {
  readonly kind: 'pictures';
  /** Paths on all machines. */
  readonly paths: readonly string[];
  /** Names in the results, one per path. */
  readonly names: readonly string[];
  /** Inputs of the task beside the pictures, such as a prompt for each; JSON, one per path. */
  readonly inputs?: readonly unknown[];
}

/** Pictures inside of a tar archive, by their bytes. */
export interface MemberList {
  readonly kind: 'members';
  /** A path, or a URL (http, https) that is read by ranges. */
  readonly location: string;
  /** Names in the results. */
  readonly names: readonly string[];
  /** Bytes of each picture in the archive, `[start, end)`. */
  readonly ranges: readonly (readonly [number, number])[];
  /** As of `PictureList`. */
  readonly inputs?: readonly unknown[];
}

/** A WebDataset archive as img2dataset writes it: pictures, and texts of the same name beside them. */
export interface TarShard {
  readonly kind: 'tar';
  /** A path, or a URL (http, https) that is read by ranges. */
  readonly location: string;
  /** Prefix of its pictures' names in the results, so that archives may have members of the same name. */
  readonly name: string;
}

/** A shard of a folder of captions, as `captionShards` of datasets gives it; its task makes the rows itself. */
export interface CaptionSource {
  readonly kind: 'captions';
  /** Path on all machines. */
  readonly folder: string;
  readonly shard: CaptionShard;
}

/** A shard of a plan. */
export interface Shard {
  /** Name of its result: 32 hexadecimal digits, made of the content and the settings. */
  readonly id: string;
  /** SHA-256 of the content, or the state of a URL. */
  readonly content: string;
  /** State of its files (sizes and times) when they were read, so that an unchanged shard is not read again; or empty. */
  readonly stamp: string;
  readonly source: ShardSource;
}

/** A picture of a shard. */
export interface ShardItem {
  /** Its name in the results. */
  readonly name: string;
  /** @throws ItemError if it cannot be read; QueueError if the server of its archive fails */
  bytes(): Promise<Uint8Array>;
  /** Input of the task beside the picture, from `PictureList.inputs`; undefined if the shard has none. */
  readonly input?: unknown;
  /** The text beside it in an archive; undefined if there is none. */
  caption(): Promise<string | undefined>;
}

/** One line of a result. */
export type Row = Readonly<Record<string, unknown>>;

/** Work on shards: a pure function of a picture, so that a shard may run twice, anywhere. */
export interface ShardTask {
  /** All that rows depend on besides the pictures; equal to the settings of the run, or the worker is refused. */
  readonly settings: Settings;
  /**
   * Loads what `row` needs, once, before the first shard.
   *
   * @returns an identity of what was loaded, such as a model's fingerprint: workers that load another are refused
   */
  prepare?(signal: AbortSignal): Promise<string | undefined>;
  /**
   * The result for a picture, as JSON. No times, no hosts.
   *
   * @throws ItemError for a picture that cannot be used, WorkerFault for a fault of this machine
   */
  row(item: ShardItem, signal: AbortSignal): Promise<Row>;
  /** Rows of pairs of picture and caption, one for each, from a place on. For shards of captions. */
  rows?(source: CaptionSource, from: number, signal: AbortSignal): AsyncIterable<Row>;
  /** Row of a pair that is left out. For shards of captions. */
  leftOut?(source: CaptionSource, place: number, reason: string): Promise<Row>;
  dispose?(): void | Promise<void>;
}

/** Identity of settings, independent of the order of keys. */
export function settingsHash(settings: Settings): string {
  return createHash('sha256').update(canonical(settings)).digest('hex');
}

/** Name of a shard's result. */
export function shardId(content: string, settings: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['glip shard 1', content, settings]))
    .digest('hex')
    .slice(0, 32);
}

/** True for the name of a result, and for nothing that could be a path. */
export function isShardId(id: unknown): id is string {
  return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id);
}

/** JSON with sorted keys; undefined values are left out. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}

/** Names of the settings that differ. */
export function differences(a: Settings, b: Settings): string[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.filter((key) => canonical(a[key] ?? null) !== canonical(b[key] ?? null));
}
