export { type QueuePlace, type QueuePlaceOptions, queuePlace } from './connection.ts';
export {
  type AsideShard,
  drainQueue,
  pauseQueue,
  type QueueStatus,
  queueStatus,
  retryAside,
} from './control.ts';
export { type Filled, fillQueue, type Progress, watchQueue } from './fill-queue.ts';
export { type ManifestEntry, type MergedRun, openMerged } from './merge.ts';
export type { QueueCounts } from './open-queue.ts';
export { type PlanHeader, type PlanLine, planLines, readPlanHeader } from './plan-file.ts';
export { type PlanOptions, planShards } from './plan-shards.ts';
export { ItemError, QueueError, type QueueErrorReason, WorkerFault } from './queue-error.ts';
export type { RunRecord } from './run-record.ts';
export { runHere } from './run-shard.ts';
export type {
  CaptionSource,
  MemberList,
  PictureList,
  Row,
  Settings,
  Shard,
  ShardItem,
  ShardSource,
  ShardTask,
  TarShard,
} from './shard.ts';
export { archiveBytes } from './sources.ts';
export { workOnQueue } from './work-on-queue.ts';
export type { WorkerEvent, WorkOptions } from './work-options.ts';
