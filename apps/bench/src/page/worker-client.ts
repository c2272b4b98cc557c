import type { RunEvent } from '../run/run-suites.ts';
import type { Answers, FromWorker, Request } from './messages.ts';

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onEvent: (event: RunEvent) => void;
}

const waiting = new Map<number, Waiting>();
let worker: Worker | undefined;
let count = 0;

/** Asks the worker, which starts when first asked. */
export function ask<R extends Request>(
  request: R,
  onEvent: (event: RunEvent) => void = () => {},
): Promise<Answers[R['type']]> {
  worker ??= start();
  const id = ++count;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject, onEvent });
    worker?.postMessage({ id, request });
  });
}

function start(): Worker {
  const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  started.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    const request = waiting.get(data.id);
    if (!request) return;
    if ('event' in data) {
      request.onEvent(data.event);
      return;
    }
    waiting.delete(data.id);
    if ('error' in data) request.reject(new Error(data.error));
    else request.resolve(data.answer);
  });
  started.addEventListener('error', ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(message || 'the worker failed'));
    waiting.clear();
    started.terminate();
    worker = undefined; // the next request starts another
  });
  return started;
}
