import { getSystemErrorMap } from 'node:util';

/** Kind of a `QueueError`. */
export type QueueErrorReason =
  /** The queue's URL is not one of Redis. */
  | 'bad-url'
  /** Nothing answers at the URL, or not in time. */
  | 'unreachable'
  /** With TLS: the certificate of Redis is of an authority that is not trusted here, of another host, or out of date. */
  | 'certificate'
  /** Redis asks for a password, or for another one. */
  | 'login'
  /** Redis would drop keys when its memory is full. */
  | 'eviction'
  /** The queue or the folder belongs to a run with other settings, or there is no run. */
  | 'other-run'
  | 'no-run'
  /** Model, settings or version of a worker are not those of the run. */
  | 'refused'
  /** Shards that cannot be planned, such as two with the same content. */
  | 'bad-shards'
  /** A file of the folder that cannot be read or written. */
  | 'file'
  /** Results that are missing, or there twice. */
  | 'incomplete';

/** An error of the queue, its folder or its settings, in one sentence that says what to do. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  readonly reason: QueueErrorReason;

  constructor(reason: QueueErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** One picture that cannot be used: its row says why, and the shard goes on. Thrown by tasks. */
export class ItemError extends Error {
  override readonly name = 'ItemError';
}

/**
 * A fault of this machine, not of the shard, such as a full disk or a GPU that is lost for good: the shard goes back to the
 * queue unharmed, and the worker ends. Thrown by tasks.
 */
export class WorkerFault extends Error {
  override readonly name = 'WorkerFault';
}

/** Code of an operating system error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** First line of an error's message, or a few words for one of the operating system. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return firstLine(String(error));
  if (error.message === 'fetch failed' && error.cause !== undefined) return reasonOf(error.cause);
  const [, system] = ('errno' in error && getSystemErrorMap().get(Number(error.errno))) || [];
  return system ?? firstLine(error.message || codeOf(error) || error.name);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0].slice(0, 300);
}
