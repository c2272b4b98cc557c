import { DataError } from './data-error.ts';
import type { PartMakers, PartRequest, PartResult, SlotFailure } from './part-request.ts';
import type { FromWorker, WorkerSetup } from './worker-messages.ts';
import { startWorker, type WorkerThread } from './worker-thread.ts';

interface Job {
  readonly id: number;
  readonly request: PartRequest;
  /** Workers that ended while they had it. */
  ends: number;
  resolve(result: PartResult): void;
  reject(error: Error): void;
}

interface Member {
  readonly thread: WorkerThread;
  readonly jobs: Map<number, Job>;
  ready: boolean;
  /** Ends the worker if it does not answer. */
  timer?: ReturnType<typeof setTimeout>;
}

interface Start {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const MAX_ENDS = 2;
const LIMIT_MS = 60_000;
const LIMIT_MS_PER_IMAGE = 5_000;

/**
 * Workers that make parts of batches. A worker that ends, or does not answer, is started again and its requests are
 * repeated. If that happens twice with a request, its images are tried one by one, and those with which a worker ends
 * are left out.
 */
export class WorkerPool implements PartMakers {
  readonly #setup: WorkerSetup;
  readonly #url: string | undefined;
  readonly #members: Member[] = [];
  #disposed = false;
  #count = 0;
  #lastEnd = '';

  private constructor(setup: WorkerSetup, url: string | undefined) {
    this.#setup = setup;
    this.#url = url;
  }

  /**
   * @param url  another place of the worker's file
   * @throws DataError if a worker cannot be started, or has no decoder
   */
  static async start(setup: WorkerSetup, count: number, url: string | undefined): Promise<WorkerPool> {
    const pool = new WorkerPool(setup, url);
    try {
      await Promise.all(
        Array.from(
          { length: count },
          () => new Promise<void>((resolve, reject) => pool.#add({ resolve, reject })),
        ),
      );
    } catch (error) {
      pool.dispose();
      throw error;
    }
    return pool;
  }

  async make(request: PartRequest): Promise<PartResult> {
    const result = await this.#run(request);
    if (result !== 'ended') return result;
    const failures: SlotFailure[] = [];
    for (const slot of request.slots) {
      const alone = await this.#run({ ...request, slots: [slot] });
      if (alone === 'ended')
        failures.push({ index: slot.index, reason: 'the decoder crashed on it, or did not end' });
      else if ('failures' in alone) failures.push(...alone.failures);
    }
    if (failures.length > 0) return { failures };
    throw new DataError('worker', `ended ${MAX_ENDS} times at step ${request.step}: ${this.#lastEnd}`);
  }

  dispose(): void {
    this.#disposed = true;
    for (const member of this.#members.splice(0)) {
      member.thread.end();
      clearTimeout(member.timer);
      for (const job of member.jobs.values()) job.reject(new DataError('batches', 'were disposed'));
    }
  }

  /** The result; `ended` if workers ended with it. */
  async #run(request: PartRequest): Promise<PartResult | 'ended'> {
    try {
      return await new Promise<PartResult>((resolve, reject) => {
        this.#send({ id: ++this.#count, request, ends: 0, resolve, reject });
      });
    } catch (error) {
      if (error instanceof WorkerEnded) return 'ended';
      throw error;
    }
  }

  #send(job: Job): void {
    if (this.#disposed) {
      job.reject(new DataError('batches', 'were disposed'));
      return;
    }
    if (this.#members.length === 0) {
      job.reject(new DataError('worker', `cannot be started again: ${this.#lastEnd}`));
      return;
    }
    const member = this.#members.reduce((least, one) => (one.jobs.size < least.jobs.size ? one : least));
    member.jobs.set(job.id, job);
    member.thread.hold(true);
    member.thread.post({ id: job.id, request: job.request });
    if (member.jobs.size === 1) this.#watch(member);
  }

  #add(start?: Start): void {
    let state = start;
    const jobs = new Map<number, Job>();
    const settle = (error?: DataError): void => {
      if (error) state?.reject(error);
      else state?.resolve();
      state = undefined;
    };
    const thread = this.#start({
      message: (message) => {
        if ('ready' in message) {
          settle();
          member.ready = true;
          if (jobs.size === 0) thread.hold(false);
        } else if ('refused' in message) {
          this.#lastEnd = message.refused;
          settle(new DataError('decoder', `cannot be used: ${message.refused}`));
        } else {
          this.#answered(member, message);
        }
      },
      ended: (reason) => {
        if (state) settle(new DataError('worker', `cannot be started: ${reason}`));
        else this.#ended(member, reason);
      },
    });
    const member: Member = { thread, jobs, ready: false };
    this.#members.push(member);
    thread.post({ setup: this.#setup });
  }

  #start(listener: Parameters<typeof startWorker>[1]): WorkerThread {
    try {
      return startWorker(this.#url, listener);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DataError('worker', `cannot be started: ${reason}`, { cause });
    }
  }

  #answered(member: Member, message: Extract<FromWorker, { id: number }>): void {
    const job = member.jobs.get(message.id);
    member.jobs.delete(message.id);
    if (member.jobs.size === 0) member.thread.hold(false);
    this.#watch(member);
    if ('result' in message) job?.resolve(message.result);
    else job?.reject(new DataError(`step ${job.request.step}`, `cannot be prepared: ${message.error}`));
  }

  #ended(member: Member, reason: string): void {
    clearTimeout(member.timer);
    const at = this.#members.indexOf(member);
    if (at < 0) return;
    this.#members.splice(at, 1);
    this.#lastEnd = reason;
    if (member.ready) this.#restart();
    // The first was being made; the others only waited.
    const [first, ...others] = member.jobs.values();
    if (first) {
      first.ends += 1;
      if (first.ends < MAX_ENDS) this.#send(first);
      else first.reject(new WorkerEnded());
    }
    for (const job of others) this.#send(job);
  }

  #restart(): void {
    try {
      this.#add();
    } catch (cause) {
      this.#lastEnd = cause instanceof Error ? cause.message : String(cause);
    }
  }

  /** Gives the worker's first request its time. */
  #watch(member: Member): void {
    clearTimeout(member.timer);
    const [first] = member.jobs.values();
    if (!first) return;
    const limit = LIMIT_MS + first.request.slots.length * LIMIT_MS_PER_IMAGE;
    member.timer = setTimeout(() => {
      member.thread.end();
      this.#ended(member, 'it did not answer in time');
    }, limit);
  }
}

class WorkerEnded extends Error {}
