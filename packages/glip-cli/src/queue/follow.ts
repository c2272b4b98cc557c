import type { Filled, Progress, QueuePlace, Settings, ShardSource } from '@glip-wgpu/glip-queue';
import { stopSignal } from '../interruption.ts';
import { clearProgress, duration, progress } from '../outputs/progress.ts';
import { complain, note } from '../outputs/terminal.ts';
import { queuePackage } from './package.ts';

const RATE_OVER_MS = 120_000;

export interface QueuedRun {
  readonly place: QueuePlace;
  /** Of the shards. */
  readonly folder: string;
  readonly settings: Settings;
  readonly options: Settings;
  readonly sources: readonly ShardSource[];
  /** Of shards, such as 'glip label'. */
  readonly command: string;
}

/**
 * Plans the shards of a run, fills the queue, and shows progress until all are done.
 *
 * @returns true once all results are there; false if it was interrupted, which leaves the work going, or shards were set aside
 */
export async function followRun(run: QueuedRun): Promise<boolean> {
  const { place, folder, settings, options, sources, command } = run;
  const { planShards, fillQueue, watchQueue } = await queuePackage();
  const signal = stopSignal();
  await planShards({
    ...{ folder, settings, options, sources, signal },
    onShard: (done, of) => progress(`reading shards, ${done} of ${of}`),
  });
  const filled = await fillQueue(place, folder, (done, of) => progress(`checking results, ${done} of ${of}`));
  clearProgress();
  note(queued(filled, place));
  const rate = new Rate();
  let last: Progress | undefined;
  let told = 0;
  for await (const now of watchQueue(place, folder, { signal })) {
    if (now.failed > told)
      complain(`glip: ${counted(now.failed)} set aside so far; glip queue status says why`);
    told = Math.max(told, now.failed);
    progress(progressLine(now, rate.of(now.done)));
    last = now;
  }
  clearProgress();
  if (signal.aborted) {
    complain(`glip: the workers go on; the same ${command} shows their progress again`);
    process.exitCode = 130;
    return false;
  }
  if (last !== undefined && last.done < last.shards) {
    complain(
      `glip: ${last.failed} of ${counted(last.shards)} were set aside; glip queue status says why, glip queue retry tries again`,
    );
    process.exitCode = 1;
    return false;
  }
  return true;
}

function queued({ shards, done, queued }: Filled, { shown, name }: QueuePlace): string {
  const before = done > 0 ? `, ${done} done already` : '';
  return `${counted(shards)}${before}, ${queued} in the queue ${name} at ${shown}`;
}

/** '12 of 200 shards, 8 workers, 3.2 shards/min, 58 min left' */
export function progressLine(
  { done, shards, failed, workers, paused }: Progress,
  perSecond: number | undefined,
): string {
  const parts = [`${done} of ${counted(shards)}`, `${workers} ${workers === 1 ? 'worker' : 'workers'}`];
  if (failed > 0) parts.push(`${failed} set aside`);
  if (paused) parts.push('paused');
  if (perSecond) {
    const [rate, unit] = perSecond >= 1 ? [perSecond, 's'] : [60 * perSecond, 'min'];
    parts.push(`${rate.toFixed(1)} shards/${unit}`, `${duration((shards - done - failed) / perSecond)} left`);
  }
  return parts.join(', ');
}

/** Rate over the last two minutes. */
export class Rate {
  readonly #samples: { readonly at: number; readonly done: number }[] = [];

  /** Shards a second; undefined until one was done. */
  of(done: number, at: number = performance.now()): number | undefined {
    this.#samples.push({ at, done });
    while (this.#samples[0].at < at - RATE_OVER_MS) this.#samples.shift();
    const [first] = this.#samples;
    return done > first.done ? (1000 * (done - first.done)) / (at - first.at) : undefined;
  }
}

function counted(shards: number): string {
  return `${shards} ${shards === 1 ? 'shard' : 'shards'}`;
}
