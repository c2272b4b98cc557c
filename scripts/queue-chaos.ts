import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  fillQueue,
  ItemError,
  openMerged,
  planShards,
  queuePlace,
  runHere,
  watchQueue,
} from '@glip-wgpu/glip-queue';
import { Fleet, startRedis, stubTask, tarOf } from '@glip-wgpu/glip-queue/testing';
import { main as emojiWorld } from '../apps/emoji-world/src/main.ts';
import { randomNumbers } from '../packages/bert/src/testing/random-text.ts';

const LEASE_MS = 1_500;
const PICTURES = 24; // of a shard
const WAIT_MS = 25; // of the stub, for each picture

interface Faults {
  kills: number;
  stops: number;
  redis: number;
}

/**
 * Labels shards of Emoji World on a queue while workers are killed (SIGKILL), stopped for longer than their lease (SIGSTOP), and
 * Redis is killed and started again, at random moments. The results must be those of one process, bit for bit, none missing and
 * none twice. The model is a stub: a pure function of a picture's bytes.
 * `npm run queue:chaos [-- --shards 200] [--kills 100] [--stops 20] [--redis 5] [--workers 8] [--seed 1] [--data DIR]`, after
 * `npm run build`; DIR is a folder that `npm run emoji-world` made, by default made anew.
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      shards: { type: 'string', default: '200' },
      kills: { type: 'string', default: '100' },
      stops: { type: 'string', default: '20' },
      redis: { type: 'string', default: '5' },
      workers: { type: 'string', default: '8' },
      seed: { type: 'string', default: '1' },
      data: { type: 'string' },
    },
  });
  const root = mkdtempSync(join(tmpdir(), 'glip-chaos-'));
  try {
    const shards = Number(values.shards);
    const data = values.data ?? (await scenes(root, shards));
    const sources = shardsOf(data, root, shards);
    const faults = { kills: Number(values.kills), stops: Number(values.stops), redis: Number(values.redis) };
    return await chaos(root, sources, faults, Number(values.workers), randomNumbers(Number(values.seed)));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function scenes(root: string, shards: number): Promise<string> {
  const out = join(root, 'world');
  const code = await emojiWorld(['--out', out, '--scenes', `${shards * PICTURES}`, '--size', '64']);
  if (code !== 0) throw new Error('Emoji World could not be drawn');
  return out;
}

/** Archives of the pictures, as img2dataset writes them. */
function shardsOf(data: string, root: string, count: number) {
  const pictures = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && /\.(png|jpe?g|webp)$/.test(one.name))
    .map((one) => join(one.parentPath, one.name))
    .sort();
  if (pictures.length < count) throw new Error(`${data}: ${pictures.length} pictures for ${count} shards`);
  mkdirSync(join(root, 'shards'));
  return Array.from({ length: count }, (_, i) => {
    const own = Array.from({ length: PICTURES }, (_, k) => pictures[(i * PICTURES + k) % pictures.length]);
    const files = own.flatMap((path, k): [string, string | Uint8Array][] => [
      [`${k}-${basename(path)}`, readFileSync(path)],
      [`${k}-${basename(path).replace(/\.[^.]*$/, '.txt')}`, `picture ${k} of shard ${i}`],
    ]);
    const name = String(i).padStart(5, '0');
    writeFileSync(join(root, 'shards', `${name}.tar`), tarOf(Object.fromEntries(files)));
    return { kind: 'tar', location: join(root, 'shards', `${name}.tar`), name } as const;
  });
}

async function chaos(
  root: string,
  sources: ReturnType<typeof shardsOf>,
  faults: Faults,
  workers: number,
  random: () => number,
): Promise<number> {
  const task = stubTask({ ItemError });
  const [alone, folder] = [join(root, 'alone'), join(root, 'queued')];
  const settings = task.settings;
  await runHere(await planShards({ folder: alone, settings, sources }), task, { folder: alone });
  const shards = await planShards({ folder, settings, sources });
  await using redis = await startRedis();
  const place = queuePlace(redis.url);
  await fillQueue(place, folder);
  await using fleet = new Fleet(workers, redis.url, [`leaseMs=${LEASE_MS}`, `waitMs=${WAIT_MS}`]);
  const start = performance.now();
  const made: Faults = { kills: 0, stops: 0, redis: 0 };
  const finished = watch(place, folder);
  let over = false;
  void finished.then(() => {
    over = true;
  });
  const total = faults.kills + faults.stops + faults.redis;
  const order = shuffled(
    [
      ...Array<keyof Faults>(faults.kills).fill('kills'),
      ...Array<keyof Faults>(faults.stops).fill('stops'),
      ...Array<keyof Faults>(faults.redis).fill('redis'),
    ],
    random,
  );
  const waking: Promise<void>[] = [];
  for (const [i, fault] of order.entries()) {
    // Spread over the work: a fault each time that a share of the shards is done.
    while (!over && fleet.done < (i * 0.9 * shards.length) / total) await sleep(20);
    let worker = fleet.some(random());
    while (!over && worker === undefined) {
      await sleep(20);
      worker = fleet.some(random());
    }
    await sleep((random() * 2 * PICTURES * WAIT_MS) / workers); // as long as one shard takes, on average
    if (over) break;
    made[fault] += 1;
    if (fault === 'redis') await redis.killAndRestart(random() * 500);
    else if (fault === 'kills') worker?.child.kill('SIGKILL');
    else {
      worker?.child.kill('SIGSTOP');
      waking.push(sleep(4 * LEASE_MS).then(() => void worker?.child.kill('SIGCONT')));
    }
    if ((i + 1) % 10 === 0) console.log(`${i + 1} of ${total} faults, ${fleet.done} shards done`);
  }
  await finished;
  await Promise.all(waking);
  const wrong = await compare(alone, folder, shards);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const extra = fleet.done - shards.length;
  console.log(
    `${shards.length} shards on ${workers} workers in ${seconds} s: ${made.kills} kills, ${made.stops} stops, ${made.redis} kills of Redis, ${extra} results reported again; ${wrong} wrong`,
  );
  const missed = total - made.kills - made.stops - made.redis;
  if (missed > 0) console.log(`the work was done before ${missed} faults were made: give more shards`);
  return wrong > 0 || missed > 0 ? 1 : 0;
}

async function watch(place: Parameters<typeof watchQueue>[0], folder: string): Promise<void> {
  for await (const _ of watchQueue(place, folder, { intervalMs: 500 }));
}

async function compare(alone: string, folder: string, shards: readonly { id: string }[]): Promise<number> {
  let wrong = 0;
  for (const { id } of shards) {
    const [one, other] = [alone, folder].map((where) => readFileSync(join(where, 'results', `${id}.jsonl`)));
    if (one.equals(other)) continue;
    wrong += 1;
    const [rows, others] = [one, other].map((bytes) => bytes.toString().split('\n'));
    console.log(`${id}: ${others.find((row, i) => row !== rows[i])}`);
  }
  const files = readdirSync(join(folder, 'results')).length;
  if (files !== shards.length) wrong += 1;
  const rows: string[][] = [[], []];
  for (const [i, where] of [alone, folder].entries()) {
    for await (const row of (await openMerged(where)).rows()) rows[i].push(JSON.stringify(row));
  }
  if (rows[0].join('\n') !== rows[1].join('\n')) wrong += 1;
  return wrong;
}

function shuffled<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1));
    [items[i], items[k]] = [items[k], items[i]];
  }
  return items;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
