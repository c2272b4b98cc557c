import type { CallName, Calls, FromWorker, ToWorker, WorkerError } from './messages.ts';
import { scriptUrl } from './script-url.ts';
import workerUrl from './worker.ts?worker&url';

/** An error that the worker reported. */
class CallError extends Error {
  override readonly name: string;
  readonly reason: string | undefined;

  constructor({ name, message, reason }: WorkerError) {
    super(message);
    this.name = name;
    this.reason = reason;
  }
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onEvent: (event: unknown) => void;
}

export interface CallOptions<N extends CallName> {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: Calls[N]['event']) => void) | undefined;
  readonly transfer?: readonly Transferable[];
}

/** All work with the model happens in a worker, so that the page stays responsive. */
export class WorkerClient {
  readonly #waiting = new Map<number, Waiting>();
  readonly #onDevice: (state: 'lost' | 'back') => void;
  #worker: Worker | undefined;
  #count = 0;

  /** @param onDevice  is told when the GPU was lost, and when the model is back */
  constructor(onDevice: (state: 'lost' | 'back') => void) {
    this.#onDevice = onDevice;
  }

  /** Rejects with CallError, or the signal's reason as soon as it aborts. */
  call<N extends CallName>(
    name: N,
    request: Calls[N]['request'],
    { signal, onEvent, transfer = [] }: CallOptions<N> = {},
  ): Promise<Calls[N]['answer']> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (!this.#waiting.delete(id)) return;
        worker.postMessage({ abort: id } satisfies ToWorker);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const settle =
        <T>(act: (value: T) => void) =>
        (value: T): void => {
          signal?.removeEventListener('abort', onAbort);
          act(value);
        };
      this.#waiting.set(id, {
        resolve: settle(resolve as (answer: unknown) => void),
        reject: settle(reject),
        onEvent: (onEvent ?? (() => {})) as (event: unknown) => void,
      });
      worker.postMessage({ id, name, request } satisfies ToWorker, [...transfer]);
    });
  }

  #start(): Worker {
    const started = new Worker(scriptUrl(workerUrl), { type: 'module' });
    started.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if ('device' in data) {
        this.#onDevice(data.device);
        return;
      }
      const call = this.#waiting.get(data.id);
      if (!call) return; // aborted
      if ('event' in data) {
        call.onEvent(data.event);
        return;
      }
      this.#waiting.delete(data.id);
      if ('error' in data) call.reject(new CallError(data.error));
      else call.resolve(data.answer);
    });
    started.addEventListener('error', ({ message }) => {
      this.#worker = undefined;
      const error = new CallError({
        name: 'WorkerError',
        message: message || 'the worker could not be started',
      });
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    return started;
  }
}
