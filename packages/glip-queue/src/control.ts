import { Attempts } from './attempts.ts';
import type { QueuePlace } from './connection.ts';
import { OpenQueue, type QueueCounts } from './open-queue.ts';
import { type RunRecord, readRecord, removeRecord } from './run-record.ts';

const MAX_LISTED = 1_000;

/** A shard that was set aside. */
export interface AsideShard {
  readonly id: string;
  readonly reason: string;
}

export interface QueueStatus extends QueueCounts {
  /** Undefined for a queue that was never filled, or was drained. */
  readonly run: RunRecord | undefined;
  readonly workers: number;
  /** Bytes of Redis in all. */
  readonly redisBytes: number;
  /** The first 1,000. */
  readonly aside: readonly AsideShard[];
}

/** State of a queue. @throws QueueError if Redis cannot be used */
export async function queueStatus(place: QueuePlace): Promise<QueueStatus> {
  await using open = await OpenQueue.open(place);
  const [counts, run, workers, memory, failed] = await Promise.all([
    open.counts(),
    readRecord(open.redis, place),
    open.queue.getWorkersCount().catch(() => 0),
    open.redis.info('memory'),
    open.queue.getFailed(0, MAX_LISTED - 1),
  ]);
  const redisBytes = Number(/^used_memory:(\d+)/m.exec(memory)?.[1] ?? 0);
  const aside = failed.map(({ id, failedReason }) => ({ id: String(id), reason: failedReason ?? '' }));
  return { ...counts, run, workers, redisBytes, aside };
}

/** Puts all shards that were set aside back into the queue. @returns their number */
export async function retryAside(place: QueuePlace): Promise<number> {
  await using open = await OpenQueue.open(place);
  const { failed } = await open.counts();
  const attempts = new Attempts(open.redis, place);
  for (const { id } of await open.queue.getFailed()) await attempts.done(String(id));
  if (failed > 0) await open.queue.retryJobs({ state: 'failed' });
  return failed;
}

/** Lets workers take no further shard, or lets them go on. */
export async function pauseQueue(place: QueuePlace, paused: boolean): Promise<void> {
  await using open = await OpenQueue.open(place);
  if (paused) await open.queue.pause();
  else await open.queue.resume();
}

/** Removes all shards that wait or were set aside; those in work are finished. Results stay. @returns the number removed */
export async function drainQueue(place: QueuePlace): Promise<number> {
  await using open = await OpenQueue.open(place);
  const before = await open.counts();
  await open.queue.drain(true);
  await open.queue.clean(0, 0, 'failed');
  const after = await open.counts();
  if (after.active === 0) await removeRecord(open.redis, place);
  return before.waiting + before.failed - after.waiting - after.failed;
}
