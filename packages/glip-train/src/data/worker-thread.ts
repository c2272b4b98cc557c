import type { FromWorker, ToWorker } from './worker-messages.ts';

/** A worker: `Worker` of browsers and Deno, `worker_threads` in Node. */
export interface WorkerThread {
  post(message: ToWorker): void;
  /** Ends it; what it does is lost. */
  end(): void;
  /** Keeps the process alive while true (Node). */
  hold(busy: boolean): void;
}

export interface WorkerListener {
  message(message: FromWorker): void;
  /** Called once, if it ends by itself. */
  ended(reason: string): void;
}

/** Starts the worker of this package. @param url  another place of its file */
export function startWorker(url: string | undefined, listener: WorkerListener): WorkerThread {
  if (typeof Worker !== 'undefined') {
    // Bundlers recognize exactly this form.
    const worker = url
      ? new Worker(url, { type: 'module' })
      : new Worker(new URL('./batch-worker.js', import.meta.url), { type: 'module' });
    return webThread(worker, listener);
  }
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  if (!threads) throw new Error('this platform has no workers');
  const worker = new threads.Worker(new URL(url ?? './batch-worker.js', import.meta.url));
  let over = false;
  const end = (reason: string): void => {
    if (over) return;
    over = true;
    listener.ended(reason);
  };
  worker.on('message', (message: FromWorker) => listener.message(message));
  worker.on('messageerror', (cause: Error) => end(cause.message));
  worker.on('error', (cause: unknown) => end(cause instanceof Error ? cause.message : String(cause)));
  worker.on('exit', (code: number) => end(`it ended with code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    end() {
      over = true;
      void worker.terminate();
    },
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
  };
}

function webThread(worker: Worker, listener: WorkerListener): WorkerThread {
  let over = false;
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => listener.message(data));
  worker.addEventListener('messageerror', () => fail('a message could not be read'));
  worker.addEventListener('error', (event) => {
    event.preventDefault(); // Deno would end the process
    fail(event.message || 'its file cannot be loaded');
  });
  function fail(reason: string): void {
    if (over) return;
    over = true;
    worker.terminate();
    listener.ended(reason);
  }
  return {
    post: (message) => worker.postMessage(message),
    end() {
      over = true;
      worker.terminate();
    },
    hold: () => {},
  };
}
