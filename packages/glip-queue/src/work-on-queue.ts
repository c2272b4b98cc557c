import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { Attempts, BETWEEN } from './attempts.ts';
import { PREFIX, type QueuePlace } from './connection.ts';
import { OpenQueue, type ShardJob } from './open-queue.ts';
import { type PlanHeader, readPlanHeader, readShard } from './plan-file.ts';
import { codeOf, QueueError, reasonOf, WorkerFault } from './queue-error.ts';
import { removeParts } from './result-file.ts';
import { type RunRecord, readRecord } from './run-record.ts';
import { runShard } from './run-shard.ts';
import { differences, type ShardTask } from './shard.ts';

/** Time after which a shard of a worker that is silent goes to another one. */
const LEASE_MS = 60_000;
const MAX_PAUSE_MS = 60_000;

/** An event of a worker. */
export type WorkerEvent =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'run'; readonly run: RunRecord }
  | { readonly kind: 'done'; readonly id: string; readonly pictures: number; readonly seconds: number }
  | { readonly kind: 'failed'; readonly id: string; readonly reason: string; readonly aside: boolean }
  | { readonly kind: 'lost'; readonly id: string };

export interface WorkOptions {
  /** The folder of shards on this machine, where it differs from the producer's. */
  readonly folder?: string | undefined;
  /** Makes the task for a run's plan. @throws QueueError 'refused' for a run that this worker cannot do */
  readonly task: (plan: PlanHeader) => Promise<ShardTask>;
  /** Shards at a time. */
  readonly concurrency?: number | undefined;
  readonly leaseMs?: number | undefined;
  /** Pause after the first failure in a row, doubled after each further one, up to a minute. */
  readonly pauseMs?: number | undefined;
  /** Ends once the run has no shard left, instead of waiting for the next. */
  readonly untilDone?: boolean | undefined;
  /** Ends the work: shards in work go back to the queue. */
  readonly signal: AbortSignal;
  readonly onEvent?: ((event: WorkerEvent) => void) | undefined;
}

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
      if (untilDone) return;
    } else {
      if (!told) onEvent?.({ kind: 'waiting' });
      told = true;
      if (untilDone) return;
    }
    await sleep(1_000, signal);
  }
}

/** Work on one run. */
class RunWorker {
  readonly #open: OpenQueue;
  readonly #run: RunRecord;
  readonly #options: WorkOptions;
  readonly #folder: string;
  readonly #attempts: Attempts;
  readonly #stop = new AbortController();
  #fault: unknown;
  #failures = 0;

  constructor(open: OpenQueue, run: RunRecord, options: WorkOptions) {
    this.#open = open;
    this.#run = run;
    this.#options = options;
    this.#folder = options.folder ?? run.folder;
    this.#attempts = new Attempts(open.redis, open.place);
  }

  async work(): Promise<void> {
    const { signal, task: taskOf, onEvent } = this.#options;
    const task = await taskOf(await this.#plan());
    try {
      const other = differences(this.#run.settings, task.settings);
      if (other.length > 0) {
        const names = other.join(', ');
        throw new QueueError(
          'refused',
          `this worker has another ${names} than the run of the queue; give the same`,
        );
      }
      const loaded = await task.prepare?.(signal);
      if (loaded !== undefined) await this.#checkLoaded(loaded);
      onEvent?.({ kind: 'run', run: this.#run });
      await this.#process(task);
    } finally {
      await task.dispose?.();
    }
    if (this.#fault !== undefined) throw this.#fault;
  }

  async #plan(): Promise<PlanHeader> {
    const header = await readPlanHeader(this.#folder).catch((cause) => {
      throw new QueueError('refused', reasonOf(cause), { cause });
    });
    if (!header) {
      const advice = 'mount it here, or say where it is: --shards DIR';
      throw new QueueError(
        'refused',
        `${this.#folder}: the folder of the run's shards is not here; ${advice}`,
      );
    }
    const other = differences(this.#run.settings, header.settings);
    if (other.length > 0)
      throw new QueueError('refused', `${this.#folder} has shards of a run with another ${other.join(', ')}`);
    return header;
  }

  /** The first worker leaves in the folder what it loaded; others must have loaded the same. */
  async #checkLoaded(loaded: string): Promise<void> {
    const path = join(this.#folder, 'loaded.txt');
    try {
      await writeFile(path, loaded, { flag: 'wx' });
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST')
        throw new WorkerFault(`${path}: cannot be written: ${reasonOf(cause)}`, { cause });
      if ((await readFile(path, 'utf8')) === loaded) return;
      throw new QueueError(
        'refused',
        `this worker's model has other weights than that of the first worker (${path})`,
      );
    }
  }

  async #process(task: ShardTask): Promise<void> {
    const { signal, concurrency = 1, leaseMs = LEASE_MS } = this.#options;
    const ended = AbortSignal.any([signal, this.#stop.signal]);
    const worker = new Worker<ShardJob>(
      this.#open.place.name,
      // Three parameters: BullMQ then passes a signal.
      (job, token, lost) => this.#shard(job, token, AbortSignal.any([ended, lost ?? ended]), task, lost),
      {
        connection: this.#open.redis,
        prefix: PREFIX,
        concurrency,
        lockDuration: leaseMs,
        stalledInterval: leaseMs,
        maxStalledCount: Number.MAX_SAFE_INTEGER, // `Attempts` counts them
        removeOnComplete: { count: 0 },
        autorun: false,
      },
    );
    worker.on('error', () => {}); // lost connections and leases; the shard is in work elsewhere or again
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) worker.cancelJob(id, 'lease lost');
    });
    const running = worker.run();
    await this.#untilEnd(ended);
    await worker.close();
    await running.catch(() => {});
  }

  /** Resolves at the signal, and when the run is over or another one took its place. */
  async #untilEnd(ended: AbortSignal): Promise<void> {
    const { redis, place } = this.#open;
    while (!ended.aborted) {
      await sleep(1_000, ended);
      if (ended.aborted || redis.status !== 'ready') continue;
      const now = await readRecord(redis, place).catch(() => this.#run);
      if (now?.run !== this.#run.run) return;
      if (!this.#options.untilDone) continue;
      const { waiting, active } = await this.#open.counts();
      if (waiting + active === 0) return;
    }
  }

  async #shard(
    job: Job<ShardJob>,
    token: string | undefined,
    signal: AbortSignal,
    task: ShardTask,
    lost: AbortSignal | undefined,
  ): Promise<void> {
    const id = String(job.id);
    if (job.name !== this.#run.run) {
      this.#stop.abort();
      return giveBack(job, token);
    }
    const start = performance.now();
    let place = BETWEEN;
    const { aside, refused, again } = await this.#attempts.begin(id);
    try {
      if (refused !== undefined) throw new UnrecoverableError(refused);
      if (again) await removeParts(this.#folder, id);
      const shard = await readShard(this.#folder, this.#run.settingsHash, { id, ...job.data });
      const pictures = await runShard(shard, task, {
        folder: this.#folder,
        signal,
        aside,
        onItem: (now = BETWEEN) => {
          place = now;
          this.#attempts.mark(id, now);
        },
      });
      await this.#attempts.done(id);
      this.#failures = 0;
      const seconds = (performance.now() - start) / 1000;
      this.#options.onEvent?.({ kind: 'done', id, pictures: pictures === 'known' ? 0 : pictures, seconds });
    } catch (error) {
      await this.#ended(job, token, error, { place, signal, lost });
    }
  }

  /** Ends an attempt that made no result. @throws what tells BullMQ where the shard goes */
  async #ended(
    job: Job<ShardJob>,
    token: string | undefined,
    error: unknown,
    { place, signal, lost }: { place: number; signal: AbortSignal; lost: AbortSignal | undefined },
  ): Promise<never> {
    const id = String(job.id);
    const { onEvent, pauseMs = 1_000 } = this.#options;
    if (lost?.aborted) {
      onEvent?.({ kind: 'lost', id });
      throw error; // another worker has it
    }
    if (signal.aborted || error instanceof WorkerFault) {
      if (error instanceof WorkerFault) {
        this.#fault = error;
        this.#stop.abort();
      }
      await this.#attempts.givenBack(id);
      return giveBack(job, token);
    }
    const reason = reasonOf(error);
    if (error instanceof UnrecoverableError) {
      await this.#attempts.done(id);
      onEvent?.({ kind: 'failed', id, reason, aside: true });
      throw error;
    }
    const { refused } = await this.#attempts.failed(id, place, reason);
    onEvent?.({ kind: 'failed', id, reason, aside: refused !== undefined });
    if (refused !== undefined) {
      await this.#attempts.done(id);
      throw new UnrecoverableError(refused);
    }
    this.#failures += 1;
    await sleep(Math.min(pauseMs * 2 ** (this.#failures - 1), MAX_PAUSE_MS), signal);
    throw new Error(reason);
  }
}

async function giveBack(job: Job<ShardJob>, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
