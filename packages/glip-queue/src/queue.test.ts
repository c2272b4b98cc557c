import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queuePlace } from './connection.ts';
import { drainQueue, pauseQueue, queueStatus, retryAside } from './control.ts';
import { fillQueue, watchQueue } from './fill-queue.ts';
import { openMerged } from './merge.ts';
import { planShards } from './plan-shards.ts';
import { ItemError, QueueError, WorkerFault } from './queue-error.ts';
import { runHere } from './run-shard.ts';
import type { Row, ShardSource, ShardTask } from './shard.ts';
import { Fleet, startWorker } from './testing/fleet.ts';
import { type RedisServer, startRedis } from './testing/redis-server.ts';
import { stubTask } from './testing/stub-task.js';
import { workOnQueue } from './work-on-queue.ts';
import type { WorkerEvent } from './work-options.ts';

const root = mkdtempSync(join(tmpdir(), 'glip-queue-'));
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

const task = stubTask({ ItemError });
let folders = 0;

/** A folder with a plan of shards of three pictures each, and a queue of its own. */
async function planned(contents: readonly string[], settings = task.settings) {
  const folder = join(root, `${++folders}`);
  mkdirSync(join(folder, 'pictures'), { recursive: true });
  const names = contents.map((content, i) => {
    writeFileSync(join(folder, 'pictures', `${i}.jpg`), `${content} ${i}`);
    return `${i}.jpg`;
  });
  const sources = Array.from({ length: Math.ceil(names.length / 3) }, (_, i): ShardSource => {
    const own = names.slice(3 * i, 3 * i + 3);
    return { kind: 'pictures', names: own, paths: own.map((name) => join(folder, 'pictures', name)) };
  });
  const shards = await planShards({ folder, settings, sources });
  const place = queuePlace(redis.url, { name: `queue-${folders}` });
  return { folder, shards, place };
}

async function merged(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of (await openMerged(folder)).rows()) rows.push(row);
  return rows;
}

/** A worker in this process, until the run is done. */
async function work(
  place: ReturnType<typeof queuePlace>,
  own: Partial<ShardTask> = {},
  signal = new AbortController().signal,
): Promise<WorkerEvent[]> {
  const events: WorkerEvent[] = [];
  await workOnQueue(place, {
    task: async () => ({ ...task, ...own }),
    ...{ signal, untilDone: true, pauseMs: 1, leaseMs: 2_000 },
    onEvent: (event) => events.push(event),
  });
  return events;
}

const contents = (count: number): string[] => Array.from({ length: count }, () => 'picture');

describe('a queue', () => {
  it('gives the results of one process, and leaves nothing in Redis but the run', async () => {
    const { folder, shards, place } = await planned(contents(10));
    expect(await fillQueue(place, folder)).toEqual({ shards: 4, done: 0, queued: 4 });
    expect(await queueStatus(place)).toMatchObject({ waiting: 4, active: 0, failed: 0, aside: [] });
    await work(place);
    const client = new Redis(redis.url);
    const keys = await client.keys(`*${place.name}*`);
    client.disconnect();
    expect(keys).toContain(`glip:${place.name}:glip-run`);
    expect(keys.filter((key) => /glip-(at|deaths)$|:[0-9a-f]{32}/.test(key))).toEqual([]);
    const rows = await merged(folder);
    expect(await fillQueue(place, folder)).toEqual({ shards: 4, done: 4, queued: 0 });
    const { folder: alone } = await planned(contents(10));
    rmSync(join(alone, 'results'), { recursive: true, force: true });
    await runHere(shards, task, { folder: alone });
    for (const { id } of shards) {
      const [one, other] = [folder, alone].map((where) =>
        readFileSync(join(where, 'results', `${id}.jsonl`)),
      );
      expect(one.equals(other)).toBe(true);
    }
    expect(rows).toHaveLength(10);
  });

  it('is filled again, and does not work twice on what is done', async () => {
    const { folder, place, shards } = await planned(contents(6));
    await runHere(shards.slice(0, 1), task, { folder });
    expect(await fillQueue(place, folder)).toEqual({ shards: 2, done: 1, queued: 1 });
    expect(await fillQueue(place, folder)).toEqual({ shards: 2, done: 1, queued: 1 }); // the same job
    expect(await queueStatus(place)).toMatchObject({ waiting: 1 });
  });

  it('refuses a second run while the first has shards left, until it is drained', async () => {
    const { folder, place } = await planned(contents(6));
    await fillQueue(place, folder);
    const other = await planned(contents(3), { ...task.settings, model: 'other' });
    await expect(fillQueue(place, other.folder)).rejects.toMatchObject({
      reason: 'other-run',
      message: expect.stringMatching(/still has 2 shards of a run with another model; .*glip queue drain/),
    });
    expect(await drainQueue(place)).toBe(2);
    expect((await queueStatus(place)).run).toBeUndefined();
    await fillQueue(place, other.folder);
  });

  it('refuses workers with another model, and worker folders of another run', async () => {
    const { folder, place } = await planned(contents(3));
    await fillQueue(place, folder);
    const settings = { ...task.settings, model: 'other' };
    await expect(work(place, { settings })).rejects.toMatchObject({
      reason: 'refused',
      message: 'this worker has another model than the run of the queue; give the same',
    });
    const strange = await planned(contents(3), settings);
    const elsewhere = workOnQueue(place, {
      task: async () => task,
      folder: strange.folder,
      signal: new AbortController().signal,
    });
    await expect(elsewhere).rejects.toThrow('has shards of a run with another model');
    expect(await queueStatus(place)).toMatchObject({ waiting: 1, failed: 0 });
  });

  it('that is paused gives no shard away', async () => {
    const { folder, place } = await planned(contents(3));
    await fillQueue(place, folder);
    await pauseQueue(place, true);
    const stop = new AbortController();
    const working = workOnQueue(place, { task: async () => task, signal: stop.signal });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await queueStatus(place)).toMatchObject({ waiting: 1, active: 0, paused: true });
    await pauseQueue(place, false);
    for await (const { done } of watchQueue(place, folder, { intervalMs: 50 })) if (done === 1) break;
    stop.abort();
    await working;
    expect(await merged(folder)).toHaveLength(3);
  });

  it('gets shards back unharmed from workers that stop, and from those with a full disk', async () => {
    const { folder, place } = await planned(contents(3));
    await fillQueue(place, folder);
    const stop = new AbortController();
    await work(
      place,
      {
        row: async () => {
          stop.abort();
          return {};
        },
      },
      stop.signal,
    );
    expect(await queueStatus(place)).toMatchObject({ waiting: 1, active: 0, failed: 0 });
    const full = work(place, {
      row: async () => {
        throw new WorkerFault('results: cannot be written: no space is left on the disk');
      },
    });
    await expect(full).rejects.toThrow('no space is left on the disk');
    expect(await queueStatus(place)).toMatchObject({ waiting: 1, active: 0, failed: 0 });
    await work(place);
    expect(await merged(folder)).toHaveLength(3);
  });

  it('sets a shard aside that fails before its first picture, and tries it again when asked', async () => {
    const { folder, place } = await planned(contents(6));
    await fillQueue(place, folder);
    const picture = join(folder, 'pictures', '0.jpg');
    const before = readFileSync(picture);
    writeFileSync(picture, 'changed');
    const events = await work(place);
    expect(events.filter(({ kind }) => kind === 'failed')).toHaveLength(3);
    const { aside, failed } = await queueStatus(place);
    expect([failed, aside[0].reason]).toEqual([
      1,
      expect.stringMatching(/^set aside after 3 attempts: the shard has changed/),
    ]);
    await expect(openMerged(folder)).rejects.toThrow('1 of 2 results are missing: shard 1 (0.jpg to 2.jpg)');
    writeFileSync(picture, before);
    expect(await retryAside(place)).toBe(1);
    await work(place);
    expect(await merged(folder)).toHaveLength(6);
  });

  it('leaves out a picture that makes the model throw three times', async () => {
    const { folder, place } = await planned(['fine', 'THROW', 'fine']);
    await fillQueue(place, folder);
    await work(place);
    expect((await merged(folder)).map(({ error }) => error)).toEqual([
      undefined,
      'set aside after 3 attempts: the stub fails on it',
      undefined,
    ]);
  });

  it('leaves no picture out when the server of an archive fails three times: the shard is set aside', async () => {
    const { folder, place } = await planned(['fine', 'fine', 'fine']);
    await fillQueue(place, folder);
    await work(place, {
      row: async ({ name }) => {
        if (name === '1.jpg') throw new QueueError('bad-shards', 'http://data.example/0.tar: timed out');
        return {};
      },
    });
    const { aside, failed } = await queueStatus(place);
    expect([failed, aside[0].reason]).toEqual([
      1,
      expect.stringMatching(/after 3 attempts.*0\.tar: timed out$/),
    ]);
    await retryAside(place);
    await work(place);
    expect((await merged(folder)).map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
  });
});

describe('workers in processes of their own', () => {
  it('leave out a picture that kills them three times', async () => {
    const { folder, place } = await planned(['fine', 'fine', 'KILL', ...contents(3)]);
    await fillQueue(place, folder);
    await using fleet = new Fleet(1, redis.url, [`queue=${place.name}`, 'leaseMs=500']);
    for await (const { done } of watchQueue(place, folder, { intervalMs: 100 })) if (done === 2) break;
    expect(fleet.restarts).toBe(3);
    expect((await merged(folder)).map(({ error }) => error)).toEqual([
      undefined,
      undefined,
      'set aside after 3 attempts: its worker died, or lost its lease',
      ...[undefined, undefined, undefined],
    ]);
  });

  it('may be killed, stopped for longer than their lease, and lose Redis: the results are those of one process', async () => {
    const { folder, place, shards } = await planned(contents(60));
    await fillQueue(place, folder);
    await using fleet = new Fleet(3, redis.url, [`queue=${place.name}`, 'leaseMs=500', 'waitMs=40']);
    const until = async (ready: () => boolean): Promise<void> => {
      while (!ready()) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    for (let kill = 1; kill <= 4; kill++) {
      await until(() => fleet.some(0) !== undefined && fleet.done >= 2 * kill);
      fleet.some(0)?.child.kill('SIGKILL');
    }
    await until(() => fleet.some(0.9) !== undefined);
    const stopped = fleet.some(0.9);
    stopped?.child.kill('SIGSTOP');
    await redis.killAndRestart(200);
    for await (const { done } of watchQueue(place, folder, { intervalMs: 100 })) if (done === 20) break;
    stopped?.child.kill('SIGCONT');
    const rows = await merged(folder);
    const alone = join(root, 'alone');
    await runHere(shards, task, { folder: alone });
    for (const { id } of shards) {
      const [one, other] = [folder, alone].map((where) =>
        readFileSync(join(where, 'results', `${id}.jsonl`)),
      );
      expect(one.equals(other)).toBe(true);
    }
    expect(rows).toHaveLength(60);
    expect(readdirSync(join(folder, 'results'))).toHaveLength(20);
  });

  it('may have clocks that are an hour off, either way, and are set while they work', async () => {
    const { folder, place, shards } = await planned(contents(45));
    await fillQueue(place, folder);
    const clock = `const { now } = Date; Date.now = () => now() + (performance.now() < 800 ? -3600e3 : 3600e3);`;
    const execArgv = ['--import', `data:text/javascript,${encodeURIComponent(clock)}`];
    const options = [`queue=${place.name}`, 'leaseMs=500', 'waitMs=60'];
    await using fleet = new Fleet(2, redis.url, options, execArgv);
    while (fleet.done < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    fleet.some(0)?.child.kill('SIGKILL'); // its lease ends
    for await (const { done } of watchQueue(place, folder, { intervalMs: 100 }))
      if (done === shards.length) break;
    expect(await merged(folder)).toHaveLength(45);
    expect(readdirSync(join(folder, 'results'))).toHaveLength(shards.length);
    expect(await queueStatus(place)).toMatchObject({ waiting: 0, active: 0, failed: 0 });
  });

  it('are refused in one sentence with another model', async () => {
    const { folder, place } = await planned(contents(3));
    await fillQueue(place, folder);
    const worker = startWorker(redis.url, [`queue=${place.name}`, 'model=other']);
    await worker.ended;
    expect(worker.events).toContainEqual(
      expect.objectContaining({ kind: 'error', message: expect.stringContaining('another model') }),
    );
  });
});
