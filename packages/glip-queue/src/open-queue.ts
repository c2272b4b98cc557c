import { type JobsOptions, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { checkRedis, lasting, PREFIX, type QueuePlace } from './connection.ts';

/** Place of a shard in the plan; all that Redis holds of it besides its id. */
export interface ShardJob {
  readonly begin: number;
  readonly bytes: number;
}

/** Counts of shards in the queue by state. */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  /** Set aside, with a reason. */
  readonly failed: number;
  readonly paused: boolean;
}

/** Options of every job, kept in Redis with each: failures are counted by marks of our own, and workers remove what is done. */
const JOB_OPTIONS: JobsOptions = { attempts: 1_000, stackTraceLimit: 0 };

/** A queue with a connection for records and marks. */
export class OpenQueue implements AsyncDisposable {
  readonly place: QueuePlace;
  readonly queue: Queue<ShardJob, void, string, ShardJob, void, string>;
  readonly redis: Redis;

  private constructor(place: QueuePlace) {
    this.place = place;
    this.redis = new Redis(lasting(place));
    this.redis.on('error', () => {}); // it reconnects; commands wait
    this.queue = new Queue<ShardJob, void, string, ShardJob, void, string>(place.name, {
      connection: this.redis, // an instance: BullMQ finds no ioredis by itself in ES modules
      prefix: PREFIX,
      defaultJobOptions: JOB_OPTIONS,
      streams: { events: { maxLen: 100 } },
    });
    this.queue.on('error', () => {});
  }

  /** @throws QueueError if Redis does not answer, refuses the password or would drop keys */
  static async open(place: QueuePlace): Promise<OpenQueue> {
    await checkRedis(place);
    return new OpenQueue(place);
  }

  async counts(): Promise<QueueCounts> {
    const types = ['wait', 'active', 'delayed', 'prioritized', 'failed'] as const;
    const [counts, paused] = await Promise.all([this.queue.getJobCounts(...types), this.queue.isPaused()]);
    const { wait = 0, delayed = 0, prioritized = 0, active = 0, failed = 0 } = counts;
    return { waiting: wait + delayed + prioritized, active, failed, paused };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queue.close();
    this.redis.disconnect();
  }
}
