import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { WorkerEvent } from '../work-options.ts';

const PROGRAM = fileURLToPath(new URL('./stub-worker.js', import.meta.url));

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  readonly events: readonly (WorkerEvent | { readonly kind: 'error'; readonly message: string })[];
  readonly ended: Promise<void>;
}

/**
 * Starts a worker with the stub model.
 *
 * @param options   such as `waitMs=5`
 * @param execArgv  options of Node
 * @param env       further variables of its environment
 */
export function startWorker(
  url: string,
  options: readonly string[] = [],
  execArgv: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): WorkerProcess {
  const child = fork(PROGRAM, [url, ...options], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [...execArgv],
    env: { ...process.env, ...env },
  });
  const events: WorkerEvent[] = [];
  child.on('message', (event: WorkerEvent) => events.push(event));
  return { child, events, ended: new Promise((resolve) => child.once('exit', () => resolve())) };
}

/** Worker processes that are started again when they end. */
export class Fleet implements AsyncDisposable {
  readonly #start: () => WorkerProcess;
  readonly #workers = new Set<WorkerProcess>();
  #closing = false;
  #silent = 0;
  /** Ends of workers. */
  restarts = 0;
  /** Shards done by workers that are or were here. */
  done = 0;

  constructor(size: number, url: string, options: readonly string[] = [], execArgv: readonly string[] = []) {
    this.#start = () => startWorker(url, options, execArgv);
    for (let i = 0; i < size; i++) this.#add();
  }

  #add(): void {
    const worker = this.#start();
    this.#workers.add(worker);
    worker.child.on('message', (event: WorkerEvent) => {
      if (event.kind === 'done') this.done += 1;
    });
    void worker.ended.then(() => {
      this.#workers.delete(worker);
      if (this.#closing) return;
      if (worker.events.length === 0 && ++this.#silent > 20 * this.#workers.size + 20)
        throw new Error('workers end before they do anything');
      this.restarts += 1;
      this.#add();
    });
  }

  /** A worker that has a run, by a number from 0 to 1; undefined if none has yet. */
  some(random: number): WorkerProcess | undefined {
    const ready = [...this.#workers].filter(({ events }) => events.some(({ kind }) => kind === 'run'));
    return ready[Math.floor(random * ready.length)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    const all = [...this.#workers];
    for (const { child } of all) child.kill('SIGKILL');
    await Promise.all(all.map(({ ended }) => ended));
  }
}
