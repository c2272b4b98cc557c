import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { checkLoaded, checkSettings, planOfRun } from './admission.ts';
import { Attempts, BETWEEN } from './attempts.ts';
import { PREFIX } from './connection.ts';
import { JoinedSignal } from './joined-signal.ts';
import type { OpenQueue, ShardJob } from './open-queue.ts';
import { readShard } from './plan-file.ts';
import { QueueError, reasonOf, WorkerFault } from './queue-error.ts';
import { removeParts } from './result-file.ts';
import { type RunRecord, readRecord } from './run-record.ts';
import { runShard } from './run-shard.ts';
import type { ShardTask } from './shard.ts';
import { sleep } from './sleep.ts';
import type { WorkOptions } from './work-options.ts';

/** Time after which a shard of a worker that is silent goes to another one. */
const LEASE_MS = 60_000;
const MAX_PAUSE_MS = 60_000;

/** Work on the shards of one run. */
export class RunWorker {
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

  /** @throws QueueError 'refused' for a worker that would make other results; WorkerFault for a fault of this machine */
  async work(): Promise<void> {
    const { signal, task: taskOf, onEvent } = this.#options;
    const task = await taskOf(await planOfRun(this.#run, this.#folder));
    try {
      checkSettings(this.#run, task.settings);
      const loaded = await task.prepare?.(signal);
      if (loaded !== undefined) await checkLoaded(this.#folder, loaded);
      onEvent?.({ kind: 'run', run: this.#run });
      await this.#process(task);
    } finally {
      await task.dispose?.();
    }
    if (this.#fault !== undefined) throw this.#fault;
  }

  async #process(task: ShardTask): Promise<void> {
    const { signal, concurrency = 1, leaseMs = LEASE_MS } = this.#options;
    const ended = AbortSignal.any([signal, this.#stop.signal]);
    const worker = new Worker<ShardJob>(
      this.#open.place.name,
      // Three parameters: BullMQ then passes a signal.
      async (job, token, lost) => {
        using either = new JoinedSignal(lost ? [ended, lost] : [ended]);
        await this.#shard(job, token, either.signal, task, lost);
      },
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
    const blamed = error instanceof QueueError ? BETWEEN : place; // an archive's server that fails is no picture's fault
    const { refused } = await this.#attempts.failed(id, blamed, reason);
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
