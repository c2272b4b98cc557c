import type { QueuePlace } from './connection.ts';
import { OpenQueue } from './open-queue.ts';
import { readRecord } from './run-record.ts';
import { RunWorker } from './run-worker.ts';
import { sleep } from './sleep.ts';
import type { WorkOptions } from './work-options.ts';

/**
 * Works on the shards of a queue, run after run, until the signal.
 *
 * @throws QueueError 'refused' if model, settings or version of this worker are not those of the run; WorkerFault for a fault
 *   of this machine; QueueError if Redis cannot be used at the start
 */
export async function workOnQueue(place: QueuePlace, options: WorkOptions): Promise<void> {
  const { signal, onEvent, untilDone = false } = options;
  await using open = await OpenQueue.open(place);
  let told = false;
  while (!signal.aborted) {
    const run = await readRecord(open.redis, place);
    if (run) {
      told = false;
      await new RunWorker(open, run, options).work();
    } else {
      if (!told) onEvent?.({ kind: 'waiting' });
      told = true;
    }
    if (untilDone) return;
    await sleep(1_000, signal);
  }
}
