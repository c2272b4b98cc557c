import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { attemptKeys } from './attempts.ts';
import { ownKey, type QueuePlace } from './connection.ts';
import type { PlanHeader } from './plan-file.ts';
import { type Settings, settingsHash } from './shard.ts';

/** The run that a queue serves: it is the same on all machines. */
export interface RunRecord {
  /** Name of its jobs: identity of settings and folder. */
  readonly run: string;
  readonly settings: Settings;
  readonly settingsHash: string;
  /** Folder of the plan and the results, as the producer named it. */
  readonly folder: string;
  readonly shards: number;
}

function recordKey(place: QueuePlace): string {
  return ownKey(place, 'run');
}

/** The record of a plan. */
export function recordOf(folder: string, { settings, shards }: PlanHeader): RunRecord {
  const hash = settingsHash(settings);
  const run = createHash('sha256').update(`${hash} ${folder}`).digest('hex').slice(0, 12);
  return { run, settings, settingsHash: hash, folder, shards };
}

/** The queue's run, if there is one. */
export async function readRecord(redis: Redis, place: QueuePlace): Promise<RunRecord | undefined> {
  const text = await redis.get(recordKey(place));
  return text === null ? undefined : (JSON.parse(text) as RunRecord);
}

/** Makes a run that of the queue; marks of another are removed. */
export async function writeRecord(redis: Redis, place: QueuePlace, record: RunRecord): Promise<void> {
  const before = await readRecord(redis, place);
  if (before && before.run !== record.run) await redis.del(...attemptKeys(place));
  await redis.set(recordKey(place), JSON.stringify(record));
}

/** Removes the queue's run with its marks. */
export async function removeRecord(redis: Redis, place: QueuePlace): Promise<void> {
  await redis.del(recordKey(place), ...attemptKeys(place));
}
