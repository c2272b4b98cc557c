import { resolve } from 'node:path';
import type { QueuePlace } from './connection.ts';
import { OpenQueue, type QueueCounts, type ShardJob } from './open-queue.ts';
import { planLines, readPlanHeader } from './plan-file.ts';
import { QueueError } from './queue-error.ts';
import { resultState } from './result-file.ts';
import { readRecord, recordOf, writeRecord } from './run-record.ts';
import { differences } from './shard.ts';
import { sleep } from './sleep.ts';

const PAGE = 500;

/** Shards put into the queue. */
export interface Filled {
  readonly shards: number;
  /** With valid results already. */
  readonly done: number;
  /** Put into the queue now; shards that it had already are among them. */
  readonly queued: number;
}

/**
 * Puts the shards of a folder's plan that have no valid result into the queue. Shards that it holds already stay as they are.
 *
 * @throws QueueError 'other-run' if the queue still works on another run; 'no-run' for a folder without a plan
 */
export async function fillQueue(
  place: QueuePlace,
  folder: string,
  onShard?: (done: number, of: number) => void,
): Promise<Filled> {
  await using open = await OpenQueue.open(place);
  const header = await readPlanHeader(folder);
  if (!header) throw new QueueError('no-run', `${folder}: there is no plan of shards in this folder`);
  const record = recordOf(resolve(folder), header);
  const before = await readRecord(open.redis, place);
  const counts = await open.counts();
  const left = counts.waiting + counts.active;
  if (before && before.run !== record.run) {
    if (left > 0) {
      const other = differences(before.settings, record.settings).join(', ') || 'folder';
      const advice = 'let it finish, remove it with: glip queue drain, or use another --queue-name';
      throw new QueueError(
        'other-run',
        `the queue ${place.name} still has ${left} shards of a run with another ${other}; ${advice}`,
      );
    }
    await open.queue.clean(0, 0, 'failed');
  }
  await writeRecord(open.redis, place, record);
  return await fillMissing(open, folder, record.run, onShard);
}

/** Adds all shards without a valid result. Ids that the queue has already are not added twice. */
async function fillMissing(
  open: OpenQueue,
  folder: string,
  run: string,
  onShard?: (done: number, of: number) => void,
): Promise<Filled> {
  let [shards, done, queued] = [0, 0, 0];
  let page: { name: string; data: ShardJob; opts: { jobId: string } }[] = [];
  const flush = async (): Promise<void> => {
    if (page.length > 0) await open.queue.addBulk(page);
    queued += page.length;
    page = [];
  };
  const total = (await readPlanHeader(folder))?.shards ?? 0;
  for await (const { begin, bytes, shard } of planLines(folder)) {
    shards += 1;
    if ((await resultState(folder, shard.id)) === 'valid') done += 1;
    else page.push({ name: run, data: { begin, bytes }, opts: { jobId: shard.id } });
    if (page.length >= PAGE) await flush();
    onShard?.(shards, total);
  }
  await flush();
  return { shards, done, queued };
}

/** Progress of a run. */
export interface Progress extends QueueCounts {
  readonly shards: number;
  readonly done: number;
  readonly workers: number;
}

/**
 * Progress of the queue's run, every interval until nothing is left to do; shards that Redis has lost, in a crash, are added
 * again. Ending the iteration leaves the work going.
 */
export async function* watchQueue(
  place: QueuePlace,
  folder: string,
  { intervalMs = 1_000, signal }: { readonly intervalMs?: number; readonly signal?: AbortSignal } = {},
): AsyncGenerator<Progress> {
  await using open = await OpenQueue.open(place);
  const header = await readPlanHeader(folder);
  if (!header) throw new QueueError('no-run', `${folder}: there is no plan of shards in this folder`);
  const { run, shards } = recordOf(resolve(folder), header);
  while (!signal?.aborted) {
    const counts = await open.counts();
    const workers = await open.queue.getWorkersCount().catch(() => 0);
    const left = counts.waiting + counts.active + counts.failed;
    yield { ...counts, shards, workers, done: Math.max(shards - left, 0) };
    if (counts.waiting + counts.active === 0) {
      const { done } = await fillMissing(open, folder, run);
      const now = await open.counts();
      if (now.waiting + now.active === 0) {
        yield { ...now, shards, workers, done };
        return;
      }
    }
    await sleep(intervalMs, signal);
  }
}
