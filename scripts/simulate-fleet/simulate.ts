import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  fillQueue,
  openMerged,
  planShards,
  queuePlace,
  queueStatus,
  type ShardTask,
  watchQueue,
  workOnQueue,
} from '@glip-wgpu/glip-queue';
import type { RedisServer } from '@glip-wgpu/glip-queue/testing';
import { randomNumbers } from '../../packages/bert/src/testing/random-text.ts';

setFlagsFromString('--expose_gc');
const collect: () => void = runInNewContext('gc');

const LEASE_MS = 10_000;
const RESTART_MS = 500; // of a worker that crashed

export interface Simulation {
  readonly root: string;
  readonly redis: RedisServer;
  readonly shards: number;
  readonly workers: number;
  /** That a shard takes on average; single ones take up to a quarter more or less. */
  readonly seconds: number;
  /** Part of the shards whose model throws, and in which the worker ends. */
  readonly fail: number;
  readonly crash: number;
  readonly seed: number;
}

export interface Simulated {
  readonly wallSeconds: number;
  /** Throughput while all workers have work: without the first shard of each and without the last ones, which end one by one. */
  readonly perSecond: number;
  /** Part of the workers' time between two shards in which no model waited. */
  readonly idle: number;
  /** Part of the models' time that was spent on attempts without a result. */
  readonly repeated: number;
  /** Mean time of a worker from the end of one shard's model to the beginning of the next. */
  readonly overheadMs: number;
  /** Of this process: producer and all workers. */
  readonly cpuMsPerShard: number;
  /** Those inside of scripts among them. */
  readonly commandsPerShard: number;
  readonly redisBytesPerShard: number;
  /** Garbage collected: after the first shard, and at quarters of the run. */
  readonly heapMb: readonly number[];
  readonly setAside: number;
  /** All results are there, each once. */
  readonly complete: boolean;
}

/** One run of producer and workers, all in this process. */
export async function simulate(options: Simulation): Promise<Simulated> {
  const { root, redis, shards: count, workers, seconds } = options;
  const folder = join(root, 'shards');
  const settings = { task: 'wait' };
  const sources = Array.from({ length: count }, (_, i) => {
    const path = join(root, 'pictures', `${i % 1000}`, `${i}.jpg`);
    mkdirSync(join(root, 'pictures', `${i % 1000}`), { recursive: true });
    writeFileSync(path, `${i}`);
    return { kind: 'pictures', paths: [path], names: [`${i}.jpg`] } as const;
  });
  const place = queuePlace(redis.url);
  const few = Math.ceil(count / 10); // after them Redis has its scripts
  await planShards({ folder, settings, sources: sources.slice(0, few) });
  await fillQueue(place, folder);
  const before = (await queueStatus(place)).redisBytes;
  const shards = await planShards({ folder, settings, sources });
  await fillQueue(place, folder);
  const redisBytesPerShard = ((await queueStatus(place)).redisBytes - before) / (count - few);

  const random = randomNumbers(options.seed);
  const fate = new Map(shards.map(({ id }) => [id, random()])); // decided once: a second attempt succeeds
  const first = new Map<string, number>(
    sources.map(({ names }, i) => [names[0], fate.get(shards[i].id) ?? 1]),
  );
  const msOf = new Map<string, number>(
    shuffled(sources, random).map(({ names }, i) => [
      names[0],
      1000 * seconds * (0.75 + (i + 0.5) / count / 2),
    ]),
  );
  let [busyMs, lostMs] = [0, 0];
  const doneAt: number[] = [];
  let [gaps, gapMs] = [0, 0];
  const heapMb: number[] = [];
  const over = new AbortController();
  const task = (stop: AbortController): ShardTask => {
    let ended: number | undefined;
    return {
      settings,
      async row(item, signal) {
        const start = performance.now();
        if (ended !== undefined) {
          gaps += 1;
          gapMs += start - ended;
        }
        ended = undefined;
        await new Promise((resolve) => setTimeout(resolve, msOf.get(item.name)));
        const took = performance.now() - start;
        busyMs += took;
        const chance = first.get(item.name) ?? 1;
        first.set(item.name, 1);
        if (chance < options.crash) stop.abort();
        if (chance < options.crash + options.fail) {
          lostMs += took;
          signal.throwIfAborted();
          throw new Error('drawn to fail');
        }
        ended = performance.now();
        return { bytes: (await item.bytes()).length };
      },
    };
  };
  const commands = await redis.commands();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const worker = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const stop = new AbortController();
      await workOnQueue(place, {
        task: async () => task(stop),
        signal: AbortSignal.any([stop.signal, over.signal]),
        leaseMs: LEASE_MS,
        pauseMs: 1,
        onEvent({ kind }) {
          if (kind !== 'done') return;
          doneAt.push(performance.now());
          if (doneAt.length !== 1 && doneAt.length % Math.ceil(count / 4) !== 0) return;
          collect();
          heapMb.push(process.memoryUsage().heapUsed / 1e6);
        },
      });
      if (!over.signal.aborted) await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
    }
  };
  const all = Array.from({ length: workers }, worker);
  for await (const _ of watchQueue(place, folder, { intervalMs: 250 }));
  const wallSeconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const sent = (await redis.commands()) - commands;
  const { failed } = await queueStatus(place);
  over.abort();
  await Promise.all(all);
  const merged = await openMerged(folder).catch(() => undefined);
  const perSecond = steadyRate(doneAt, workers) ?? count / wallSeconds;
  return {
    ...{ wallSeconds, redisBytesPerShard, heapMb, setAside: failed },
    perSecond,
    cpuMsPerShard: (used.user + used.system) / 1000 / count,
    commandsPerShard: sent / count,
    idle: gapMs / (gapMs + busyMs),
    repeated: busyMs > 0 ? lostMs / busyMs : 0,
    overheadMs: gaps > 0 ? gapMs / gaps : Number.NaN,
    complete: merged?.manifest.length === count,
  };
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((one) => [random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
}

/** Shards a second while every worker has one; undefined where there are too few. */
function steadyRate(doneAt: readonly number[], workers: number): number | undefined {
  const last = doneAt.length - 1 - workers;
  if (last < 2 * workers) return undefined;
  return (1000 * (last - workers)) / (doneAt[last] - doneAt[workers]);
}
