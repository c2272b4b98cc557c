import type { Answers, Events, FromWorker, Request } from './messages.ts';
import workerUrl from './worker.ts?worker&url';

type OnEvent<R extends Request> = (event: Events[R['type']]) => void;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onEvent: (event: Events[Request['type']]) => void;
}

/** A worker that starts with the first request. */
export class WorkerClient {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #count = 0;

  ask<R extends Request>(request: R, onEvent: OnEvent<R> = () => {}): Promise<Answers[R['type']]> {
    this.#worker ??= this.#start();
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        resolve: resolve as (answer: unknown) => void,
        reject,
        onEvent: onEvent as Waiting['onEvent'],
      });
      this.#worker?.postMessage({ id, request });
    });
  }

  /** Ends the worker and releases its resources; the next request starts another. */
  close(reason = 'the worker was closed'): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }

  #start(): Worker {
    const started = new Worker(scriptUrl(workerUrl), { type: 'module' });
    started.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      const request = this.#waiting.get(data.id);
      if (!request) return;
      if ('event' in data) {
        request.onEvent(data.event);
        return;
      }
      this.#waiting.delete(data.id);
      if ('error' in data) request.reject(new Error(data.error));
      else request.resolve(data.answer);
    });
    started.addEventListener('error', ({ message }) => this.close(message || 'the worker failed'));
    return started;
  }
}

interface ScriptUrls {
  createScriptURL(url: string): string;
}

const { trustedTypes } = globalThis as {
  trustedTypes?: { createPolicy(name: string, rules: ScriptUrls): ScriptUrls };
};
const policy = trustedTypes?.createPolicy('bench-worker', {
  createScriptURL(url) {
    if (url === workerUrl) return url;
    throw new TypeError(`${url} is not the worker of this page`);
  },
});

/** The page's policy requires trusted script URLs. */
const scriptUrl = (url: string): string => policy?.createScriptURL(url) ?? url;

const shared = new WorkerClient();

/** Client of the worker for suites and playground. */
export const ask: WorkerClient['ask'] = (request, onEvent) => shared.ask(request, onEvent);
