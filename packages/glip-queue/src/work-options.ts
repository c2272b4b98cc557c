import type { PlanHeader } from './plan-file.ts';
import type { RunRecord } from './run-record.ts';
import type { ShardTask } from './shard.ts';

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
  /** Shards at a time (1). */
  readonly concurrency?: number | undefined;
  /** Time after which a shard of a worker that is silent goes to another one (60,000). */
  readonly leaseMs?: number | undefined;
  /** Pause after the first failure in a row (1,000), doubled after each further one, up to a minute. */
  readonly pauseMs?: number | undefined;
  /** Ends once the run has no shard left, instead of waiting for the next. */
  readonly untilDone?: boolean | undefined;
  /** Ends the work: shards in work go back to the queue. */
  readonly signal: AbortSignal;
  readonly onEvent?: ((event: WorkerEvent) => void) | undefined;
}
