import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRedis } from '@glip-wgpu/glip-queue/testing';
import { planTable } from './plan-table.ts';
import { type Simulated, simulate } from './simulate.ts';

/**
 * The real queue, producer and worker code with a model that only waits: throughput, idle time, repeated work and memory of
 * Redis, for a number of workers in this process; then the time to label 24 million pairs, computed with the measured overhead.
 * `npm run simulate:fleet [-- --shards 2000] [--workers 32] [--seconds 1] [--fail 0.01] [--crash 0.005] [--linear 8,16,32,64]
 * [--pictures-per-second NAME=N,...]`. Simulated: workers share a processor and a disk, and no picture is decoded.
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      shards: { type: 'string', default: '2000' },
      workers: { type: 'string', default: '32' },
      seconds: { type: 'string', default: '1' },
      fail: { type: 'string', default: '0.01' },
      crash: { type: 'string', default: '0.005' },
      linear: { type: 'string' },
      seed: { type: 'string', default: '1' },
      pairs: { type: 'string', default: '24000000' },
      'pictures-per-second': { type: 'string' },
    },
  });
  const [shards, workers, seconds] = [values.shards, values.workers, values.seconds].map(Number);
  const rates = { fail: Number(values.fail), crash: Number(values.crash), seed: Number(values.seed) };
  const run = async (count: number, of: number): Promise<Simulated> => {
    const root = mkdtempSync(join(tmpdir(), 'glip-fleet-'));
    await using redis = await startRedis();
    try {
      return await simulate({ root, redis, shards: of, workers: count, seconds, ...rates });
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  };
  if (values.linear !== undefined) {
    console.log('workers  shards/s  of linear  idle   CPU of a shard');
    let first: number | undefined;
    for (const count of values.linear.split(',').map(Number)) {
      const { perSecond, idle, cpuMsPerShard } = await run(count, Math.round((shards * count) / workers));
      first ??= perSecond / count;
      const share = perSecond / count / first;
      console.log(
        `${String(count).padStart(7)}  ${perSecond.toFixed(2).padStart(8)}  ${percent(share).padStart(9)}  ${percent(idle).padStart(6)} ${cpuMsPerShard.toFixed(1).padStart(7)} ms`,
      );
    }
    return 0;
  }
  const result = await run(workers, shards);
  tell(result, { shards, workers, seconds });
  console.log(planTable(result, Number(values.pairs), values['pictures-per-second']));
  return result.complete ? 0 : 1;
}

function tell(
  {
    perSecond,
    idle,
    repeated,
    overheadMs,
    cpuMsPerShard,
    commandsPerShard,
    redisBytesPerShard,
    heapMb,
    wallSeconds,
    setAside,
    complete,
  }: Simulated,
  { shards, workers, seconds }: { shards: number; workers: number; seconds: number },
): void {
  console.log(`${shards} shards of ${seconds} s on ${workers} simulated workers:`);
  const rows = [
    ['time', `${wallSeconds.toFixed(1)} s, ideal ${((shards * seconds) / workers).toFixed(1)} s`],
    ['throughput', `${perSecond.toFixed(2)} shards/s`],
    ['overhead of a shard', `${overheadMs.toFixed(1)} ms, ${percent(overheadMs / 10_000)} of one of 10 s`],
    ['idle', percent(idle)],
    ['repeated work', percent(repeated)],
    ['set aside', `${setAside}`],
    [
      'CPU of a shard',
      `${cpuMsPerShard.toFixed(1)} ms of producer and workers, ${commandsPerShard.toFixed(1)} commands of Redis`,
    ],
    ['Redis, full queue', `${redisBytesPerShard.toFixed(0)} bytes a shard`],
    [
      'heap of the process',
      `${heapMb.map((mb) => mb.toFixed(1)).join(', ')} MB after the first shard and at quarters of the run, garbage collected`,
    ],
    ['results', complete ? 'all there, once each' : 'INCOMPLETE'],
  ];
  for (const [name, value] of rows) console.log(`  ${name.padEnd(20)} ${value}`);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 2 : 1)} %`;
}
