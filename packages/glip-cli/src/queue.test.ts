import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { type RedisServer, startRedis, tarOf } from '@glip-wgpu/glip-queue/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from './testing/run-glip.ts';
import { runHere } from './testing/run-here.ts';
import { scene, workspace } from './testing/workspace.ts';

const PASSWORD = 's3cret/word';
const { root, glip } = workspace('queue');
const pictures = join(root, 'pictures');
let redis: RedisServer;
let url: string;
beforeAll(async () => {
  redis = await startRedis(['--requirepass', PASSWORD]);
  url = redis.url.replace('//', `//:${encodeURIComponent(PASSWORD)}@`);
  mkdirSync(join(pictures, 'more'), { recursive: true });
  for (const [i, name] of ['1.jpg', '2.jpg', 'more/3.jpg'].entries())
    await sharp(scene)
      .resize(96 + 16 * i)
      .toFile(join(pictures, name));
  writeFileSync(join(pictures, 'broken.jpg'), 'no picture');
});
afterAll(() => redis[Symbol.asyncDispose]());

const WANTED = ['--categories', 'dog. green car', '--threshold', '0.2'];
const queued = (name: string): string[] => [
  ...['--queue', url, '--queue-name', name],
  ...['--shards', join(root, `shards-${name}`), '--shard-size', '2'],
];
const worker = (name: string, ...more: string[]): Promise<Outcome> =>
  glip(['worker', '--queue', url, '--queue-name', name, '--until-done', ...more]);

/** All files of a dataset with their bytes; a journal of pictures that could not be read is none of it. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (one) => one.isFile() && !one.name.startsWith('.'),
  );
  return Object.fromEntries(
    files
      .map((one) => join(one.parentPath, one.name))
      .sort()
      .map((path) => [relative(folder, path), readFileSync(path).toString('base64')]),
  );
}

/** Resolves once a queue has shards that wait. */
async function waiting(name: string): Promise<void> {
  const status = ['queue', 'status', '--queue', url, '--queue-name', name];
  await expect.poll(async () => (await runHere(status)).out).toMatch(/ [1-9]\d* waiting/);
}

/** Fills a queue with a command, which waits for workers, and runs one. */
async function onQueue(args: readonly string[], name: string): Promise<[Outcome, Outcome]> {
  const producer = glip([...args, ...queued(name)]);
  await waiting(name);
  const done = await worker(name);
  return [await producer, done];
}

describe('glip label --queue', () => {
  it('with a worker writes the dataset of one process, bit for bit', async () => {
    const label = ['label', pictures, ...WANTED, '--format', 'yolo', '--with-images', '--split', '0.5'];
    const alone = await runHere([...label, '--out-dir', join(root, 'alone')]);
    const [producer, done] = await onQueue([...label, '--out-dir', join(root, 'merged')], 'label');
    expect([alone.code, producer.code, done.code]).toEqual([1, 1, 0]); // one picture is broken
    expect(producer.err).toContain('broken.jpg');
    expect(contents(join(root, 'merged'))).toEqual(contents(join(root, 'alone')));
    for (const { out, err } of [producer, done]) {
      expect(out + err).not.toContain(PASSWORD);
      expect(out + err).not.toContain(encodeURIComponent(PASSWORD));
    }

    const again = await runHere([
      'merge',
      '--shards',
      join(root, 'shards-label'),
      '--out-dir',
      join(root, 'again'),
    ]);
    expect(again.code).toBe(1);
    expect(contents(join(root, 'again'))).toEqual(contents(join(root, 'alone')));
    const manifest = JSON.parse(readFileSync(join(root, 'shards-label/manifest.json'), 'utf8'));
    expect(manifest.shards.map(({ rows }: { rows: number }) => rows)).toEqual([2, 2]);
    expect(manifest.files[0]).toEqual({ path: 'data.yaml', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });

    const result = join(root, 'shards-label/results', `${manifest.shards[0].shard}.jsonl`);
    rmSync(result);
    const hole = await runHere(['merge', '--shards', join(root, 'shards-label')]);
    expect([hole.code, hole.err]).toEqual([2, expect.stringContaining('1 of 2 results are missing')]);
  });

  it('labels the pictures of archives, and refuses a worker with another model', async () => {
    const archive = join(root, '00000.tar');
    writeFileSync(archive, tarOf({ 'a.jpg': readFileSync(join(pictures, '1.jpg')), 'a.txt': 'a dog' }));
    const args = ['label', archive, ...WANTED, '--format', 'coco', '--out-dir', join(root, 'archive')];
    const producer = glip([...args, ...queued('archive')], {
      stopWhen: () => readdirSync(root).includes('shards-archive') && stop,
    });
    let stop = false;
    await waiting('archive');
    stop = true;
    const left = await producer;
    expect([left.code, left.err]).toEqual([130, expect.stringContaining('the workers go on')]);
    const other = await worker('archive', '--weights', 'f16');
    expect([other.code, other.err]).toEqual([
      2,
      expect.stringContaining('this worker has another weights than'),
    ]);
    expect((await worker('archive')).code).toBe(0);
    const { code, out } = await glip([...args, ...queued('archive')]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^1 picture, \d+ boxes; wrote /)]);
    const { images } = JSON.parse(readFileSync(join(root, 'archive/annotations.json'), 'utf8'));
    expect(images[0].file_name).toBe('00000/a.jpg');
  });
});

it('glip label --captions --queue writes the datasets of one process, bit for bit', async () => {
  const data = join(root, 'captions');
  mkdirSync(data);
  for (const [name, picture, caption] of [
    ['00000', '1.jpg', 'a dog next to a green car'],
    ['00001', '2.jpg', 'a green car'],
  ]) {
    const bytes = readFileSync(join(pictures, picture));
    const files = {
      [`${name}0.jpg`]: bytes,
      [`${name}0.txt`]: caption,
      [`${name}1.jpg`]: 'broken',
      [`${name}1.txt`]: caption,
    };
    writeFileSync(join(data, `${name}.tar`), tarOf(files));
  }
  const label = ['label', '--captions', data, '--threshold', '0.1'];
  const alone = await runHere([...label, '--out-dir', join(root, 'captions-alone')]);
  const queueOf = queued('captions').filter((arg) => arg !== '--shard-size' && arg !== '2');
  const producer = glip([...label, '--out-dir', join(root, 'captions-merged'), ...queueOf]);
  await waiting('captions');
  const done = await worker('captions');
  const { code, err } = await producer;
  expect([alone.code, code, done.code], err).toEqual([1, 1, 0]); // pictures are broken
  const merged = contents(join(root, 'captions-merged'));
  expect(Object.keys(merged)).toContain('grounding/annotations.json');
  expect(merged).toEqual(contents(join(root, 'captions-alone')));
});

it('glip evaluate --queue prints the figures of one process', async () => {
  const data = join(root, 'data');
  mkdirSync(join(data, 'val'), { recursive: true });
  for (const name of ['1', '2', '3']) {
    writeFileSync(
      join(data, 'val', `${name}.jpg`),
      readFileSync(join(pictures, name === '3' ? 'more/3.jpg' : `${name}.jpg`)),
    );
    writeFileSync(join(data, 'val', `${name}.txt`), `0 0.3 0.4 0.${name} 0.3\n1 0.6 0.5 0.4 0.4\n`);
  }
  writeFileSync(join(data, 'data.yaml'), 'val: val\nnames: [dog, green car]\n');
  const evaluate = ['evaluate', '--data', data, '--json'];
  const alone = await runHere(evaluate);
  const [producer, done] = await onQueue(evaluate, 'evaluate');
  expect([alone.code, producer.code, done.code]).toEqual([0, 0, 0]);
  expect(producer.out).toBe(alone.out);
});

describe('glip evaluate --queue with pictures in archives', () => {
  const packed = join(root, 'packed');
  const bare = join(root, 'bare');
  let archive: Uint8Array;
  let alone: Outcome;
  const evaluate = ['evaluate', '--data', '.', '--json'];
  beforeAll(async () => {
    archive = tarOf({
      '1.jpg': readFileSync(join(pictures, '1.jpg')),
      '1.txt': 'a dog',
      '2.jpg': readFileSync(join(pictures, '2.jpg')),
      'broken.jpg': 'no picture',
      '3.jpg': readFileSync(join(pictures, 'more/3.jpg')),
    });
    const files = ['3', '1', 'broken', '2', 'loose'].map((name) => `${name}.jpg`);
    const truth = {
      images: files.map((file_name, i) => ({ id: i + 1, file_name, width: 96, height: 54 })),
      annotations: files.map((_, i) => ({
        id: i + 1,
        image_id: i + 1,
        category_id: 1,
        bbox: [30, 9, 20, 20 + i],
      })),
      categories: [{ id: 1, name: 'dog' }],
    };
    for (const folder of [packed, bare]) {
      mkdirSync(folder);
      writeFileSync(join(folder, 'annotations.json'), JSON.stringify(truth));
      writeFileSync(join(folder, 'loose.jpg'), readFileSync(join(pictures, '1.jpg')));
    }
    writeFileSync(join(packed, '00000.tar'), archive);
    alone = await runHere(evaluate, packed);
    expect([alone.code, alone.err]).toEqual([1, expect.stringContaining('broken.jpg')]);
  });

  it('in the folder of the dataset prints the figures of one process', async () => {
    const producer = glip([...evaluate, ...queued('packed')], { cwd: packed });
    await waiting('packed');
    expect((await worker('packed')).code).toBe(0);
    const { code, out } = await producer;
    expect([code, out]).toEqual([1, alone.out]);
  });

  it('on a server, read by ranges, prints the figures of one process', async () => {
    await using server = await rangeServer(archive);
    const producer = glip([...evaluate, `${server.url}/00000.tar?key=secret`, ...queued('bare')], {
      cwd: bare,
    });
    await waiting('bare');
    expect((await worker('bare')).code).toBe(0);
    const { code, out } = await producer;
    expect([code, out]).toEqual([1, alone.out]);
    const merged = await runHere(['merge', '--shards', join(root, 'shards-bare'), '--json']);
    expect(merged.out).toBe(alone.out);
  });
});

/** A server of one file that serves ranges. */
async function rangeServer(bytes: Uint8Array): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    response.setHeader('etag', '"1"').setHeader('content-length', bytes.length);
    if (request.method === 'HEAD') return response.end();
    const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    if (Number(start) >= bytes.length) return response.writeHead(416, { 'content-length': 0 }).end();
    const part = bytes.subarray(Number(start), end === '' ? undefined : Number(end) + 1);
    response.writeHead(206, { 'content-length': part.length }).end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a queue', () => {
  it('that is missing, or asks for a password, is an error in one sentence', async () => {
    const none = await glip(['worker', '--queue', 'redis://:secret@127.0.0.1:1']);
    expect([none.code, none.err]).toEqual([
      2,
      'glip: no Redis answers at redis://127.0.0.1:1 (ECONNREFUSED); start one, for example with: redis-server --appendonly yes',
    ]);
    const refused = await glip(['queue', 'status', '--queue', redis.url]);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('asks for a password')]);
    const given = await glip(['queue', 'status', '--queue', redis.url], {
      env: { GLIP_QUEUE_PASSWORD: PASSWORD },
    });
    expect([given.code, given.out]).toEqual([0, expect.stringContaining('shards: no run')]);
  });

  it.each([
    [['label', 'x.jpg', '--shards', 'd'], '--shards belongs to a queue'],
    [
      ['label', 'x.jpg', '--queue', 'redis://h', '--batch', '2', '--shards', 'd'],
      '--batch does not go with --queue',
    ],
    [
      ['evaluate', '--data', '.', '--queue', 'redis://h'],
      'name a folder that all machines see: --shards DIR',
    ],
    [['evaluate', '--data', '.', '00000.tar'], 'archives belong to a queue: --queue redis://HOST'],
    [
      ['evaluate', '--data', '.', '--queue', 'redis://h', '--shards', 'd', 'a.jpg'],
      'a.jpg: expected tar archives',
    ],
    [
      ['evaluate', '--data', '.', '--queue', 'redis://h', '--shards', 'd', 'a/0.tar', 'http://h/0.tar'],
      'another archive has the name 0.tar',
    ],
    [
      ['evaluate', '--data', '.', '--protocol', 'coco', '--queue', 'redis://h', '--shards', 'd', '0.tar'],
      'archives do not go with --protocol',
    ],
    [['worker'], 'name the queue: --queue redis://HOST'],
    [['queue', 'stop', '--queue', 'redis://h'], 'say what to do: glip queue status|retry|pause|resume|drain'],
    [['merge'], 'name the folder of shards: glip merge --shards DIR'],
    [['merge', '--shards', root], 'there is no plan of shards in this folder'],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await runHere(args, root);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});
