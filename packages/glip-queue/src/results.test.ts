import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openMerged } from './merge.ts';
import { planFile } from './plan-file.ts';
import { planShards } from './plan-shards.ts';
import { ItemError } from './queue-error.ts';
import { runHere, runShard } from './run-shard.ts';
import type { Row, ShardSource, ShardTask } from './shard.ts';
import { stubTask } from './testing/stub-task.js';
import { tarOf } from './testing/tar.ts';

const root = mkdtempSync(join(tmpdir(), 'glip-shards-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
const newFolder = (): string => join(root, `run-${++folders}`);
const task = stubTask({ ItemError });
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(root, name), content);
  return join(root, name);
};
const list = (...names: string[]): ShardSource => ({
  kind: 'pictures',
  names,
  paths: names.map((name) => join(root, name)),
});
const plan = (folder: string, sources: readonly ShardSource[], settings = task.settings) =>
  planShards({ folder, settings, sources });

async function merged(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of (await openMerged(folder)).rows()) rows.push(row);
  return rows;
}

for (const name of ['a', 'b', 'c', 'd']) file(`${name}.jpg`, `picture ${name}`);
const tar = (name: string, ...more: string[]): ShardSource => ({
  kind: 'tar',
  name: '',
  location: file(
    name,
    tarOf(
      Object.fromEntries(
        ['00', '01', ...more].flatMap((key) => [
          [`${name}${key}.jpg`, `picture ${name} ${key}`],
          [`${name}${key}.txt`, `caption\u2028of ${key}\n`],
          [`${name}${key}.json`, '{}'],
        ]),
      ),
    ),
  ),
});

describe('results of shards', () => {
  it('are merged in the order of the plan, with pictures and captions of archives', async () => {
    const folder = newFolder();
    const shards = await plan(folder, [list('b.jpg', 'a.jpg'), tar('x')]);
    await runHere(shards, task, { folder });
    const rows = await merged(folder);
    expect(rows.map(({ name }) => name)).toEqual(['b.jpg', 'a.jpg', 'x00.jpg', 'x01.jpg']);
    expect(rows.map(({ caption }) => caption)).toEqual([
      undefined,
      undefined,
      'caption\u2028of 00',
      'caption\u2028of 01',
    ]);
  });

  it('name pictures that cannot be read, and go on', async () => {
    const folder = newFolder();
    file('bad.jpg', 'BAD');
    await runHere(await plan(folder, [list('bad.jpg', 'missing.jpg', 'a.jpg')]), task, { folder });
    expect((await merged(folder)).map(({ error }) => error)).toEqual([
      'bad.jpg: no picture',
      expect.stringContaining('missing.jpg: cannot be read: no such file'),
      undefined,
    ]);
  });

  it('have names of their content and settings, and the same bytes each time', async () => {
    const [one, two] = [newFolder(), newFolder()];
    for (const folder of [one, two]) await runHere(await plan(folder, [list('a.jpg')]), task, { folder });
    const names = [one, two].map((folder) => readdirSync(join(folder, 'results')));
    expect(names[0]).toEqual(names[1]);
    expect(names[0]).toHaveLength(1);
    const [first, second] = [one, two].map((folder) => readFileSync(join(folder, 'results', names[0][0])));
    expect(first.equals(second)).toBe(true);
    const [other] = await plan(newFolder(), [list('a.jpg')], { ...task.settings, model: 'other' });
    expect(`${other.id}.jsonl`).not.toBe(names[0][0]);
  });

  it('that are missing or damaged are holes, and are made again', async () => {
    const folder = newFolder();
    const shards = await plan(folder, [list('a.jpg'), list('b.jpg'), list('c.jpg', 'd.jpg')]);
    await runHere(shards, task, { folder });
    const whole = await merged(folder);
    const path = (i: number): string => join(folder, 'results', `${shards[i].id}.jsonl`);
    rmSync(path(0));
    truncateSync(path(1), readFileSync(path(1)).length - 5);
    writeFileSync(path(2), readFileSync(path(2), 'utf8').replace('"c.jpg"', '"e.jpg"'));
    const error = await openMerged(folder).catch((one) => one);
    expect(error).toMatchObject({ name: 'QueueError', reason: 'incomplete' });
    expect(error.message).toMatch(
      /^3 of 3 results are missing: shard 1 \(a\.jpg\) \(\w+\) is missing, .* is damaged, .* is damaged; start/,
    );
    await runHere(shards, task, { folder });
    expect(await merged(folder)).toEqual(whole);
  });

  it('of a shard that changed since it was planned are not made', async () => {
    const folder = newFolder();
    file('changing.jpg', 'before');
    const shards = await plan(folder, [list('changing.jpg')]);
    file('changing.jpg', 'after');
    await expect(runHere(shards, task, { folder })).rejects.toThrow(
      'the shard has changed since it was planned',
    );
  });

  it('of a picture that occurs twice are refused', async () => {
    const folder = newFolder();
    const twice: ShardSource = { kind: 'pictures', paths: [join(root, 'b.jpg')], names: ['a.jpg'] };
    await runHere(await plan(folder, [list('a.jpg'), twice]), task, { folder });
    await expect(openMerged(folder)).rejects.toThrow('"a.jpg" occurs in two shards');
  });

  it('stay inside of their folder, whatever the archive calls its members', async () => {
    const folder = newFolder();
    const names = ['../../escape.jpg', '/etc/absolute.jpg', 'a/../../up.jpg', 'fine/\u001b[2Jname.jpg'];
    const location = file('hostile.tar', tarOf(Object.fromEntries(names.map((name) => [name, name]))));
    await runHere(await plan(folder, [{ kind: 'tar', location, name: '' }]), task, { folder });
    expect((await merged(folder)).map(({ name }) => name)).toEqual(['fine/\u001b[2Jname.jpg']);
    expect(readdirSync(folder).sort()).toEqual(['plan.jsonl', 'results']);
  });
});

it('pairs of captions have a row each, also those that are left out', async () => {
  const folder = newFolder();
  const data = join(root, 'captioned');
  mkdirSync(data);
  for (const name of ['0', '1', '2', '3']) {
    writeFileSync(join(data, `${name}.jpg`), name);
    writeFileSync(join(data, `${name}.txt`), `caption ${name}`);
  }
  const shard = { kind: 'pictures', folder: '', names: ['0.jpg', '1.jpg', '2.jpg', '3.jpg'] } as const;
  const [planned] = await plan(folder, [{ kind: 'captions', folder: data, shard }]);
  const begun: number[] = [];
  const captions = {
    ...task,
    async *rows(_: unknown, from: number) {
      begun.push(from);
      for (let place = from; place < 4; place++) yield { file: `${place}.jpg` };
    },
    leftOut: async (_: unknown, place: number, reason: string) => ({ file: `${place}.jpg`, leftOut: reason }),
  };
  const places: (number | undefined)[] = [];
  const count = await runShard(planned, captions, {
    folder,
    signal: new AbortController().signal,
    aside: new Map([
      [0, 'kills'],
      [2, 'kills'],
      [3, 'kills'],
    ]),
    onItem: (place) => places.push(place),
  });
  expect([count, begun, places]).toEqual([4, [1, 4], [1, 4, undefined]]);
  expect((await merged(folder)).map(({ leftOut }) => leftOut)).toEqual([
    'kills',
    undefined,
    'kills',
    'kills',
  ]);
});

describe('a plan', () => {
  it('refuses two shards of the same content, and a folder with results of other settings', async () => {
    const folder = newFolder();
    file('copy.tar', readFileSync((tar('y') as { location: string }).location));
    const copy: ShardSource = { kind: 'tar', location: join(root, 'copy.tar'), name: 'copy' };
    await expect(plan(folder, [tar('y'), copy])).rejects.toThrow(/y and .*copy\.tar have the same content/);
    await plan(folder, [list('a.jpg')]);
    await expect(plan(folder, [list('a.jpg')], { ...task.settings, model: 'other' })).rejects.toMatchObject({
      reason: 'other-run',
      message: expect.stringContaining('results with another model'),
    });
  });

  it('may grow, and does not read unchanged shards again', async () => {
    const folder = newFolder();
    const [first] = await plan(folder, [list('a.jpg')]);
    const text = readFileSync(planFile(folder), 'utf8');
    const content = first.content.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    expect(text).toContain(first.content);
    const shards = await plan(folder, [list('a.jpg'), list('b.jpg')]);
    expect(shards[0]).toEqual(first);
    writeFileSync(planFile(folder), text.replace(first.content, content));
    await expect(plan(folder, [list('a.jpg')])).rejects.toThrow(
      'this is no plan of shards, or it is damaged',
    );
  });
});

it('pictures inside of an archive are a list of ranges, whose bytes and inputs are the content', async () => {
  const path = file(
    'members.tar',
    tarOf({ '0.jpg': 'picture 0', '1.jpg': 'picture 1', '2.jpg': 'picture 2' }),
  );
  const source = {
    kind: 'members',
    location: path,
    names: ['x/2.jpg', 'x/0.jpg', 'x/cut.jpg'],
    ranges: [
      [2560, 2569],
      [512, 521],
      [1 << 20, (1 << 20) + 1],
    ],
  } as const;
  const folder = newFolder();
  const echo: ShardTask = {
    settings: task.settings,
    row: async (item) => ({ text: Buffer.from(await item.bytes()).toString(), input: item.input }),
  };
  const inputs = [{ prompt: 'a' }, { prompt: 'b' }, 0];
  const [shard] = await plan(folder, [{ ...source, inputs }]);
  await runHere([shard], echo, { folder });
  expect(await merged(folder)).toEqual([
    { name: 'x/2.jpg', text: 'picture 2', input: { prompt: 'a' } },
    { name: 'x/0.jpg', text: 'picture 0', input: { prompt: 'b' } },
    { name: 'x/cut.jpg', error: 'x/cut.jpg: cannot be read: the archive ends before it' },
  ]);
  const others = [{ ...source, inputs: [{ prompt: 'c' }, { prompt: 'b' }, 0] }, source];
  const ids = await Promise.all(others.map(async (other) => (await plan(newFolder(), [other]))[0].id));
  expect(new Set([shard.id, ...ids]).size).toBe(3);
});

it('an archive on a server is read by ranges', async () => {
  const bytes = tarOf({
    '0.jpg': 'picture 0',
    '0.txt': 'one',
    '1.jpg': 'x'.repeat(3 << 20),
    '2.jpg': 'picture 2',
  });
  let [served, failures] = [0, 2];
  const server = createServer((request, response) => {
    if (request.method === 'GET' && failures-- > 0) return response.writeHead(503).end();
    response.setHeader('etag', '"1"').setHeader('content-length', bytes.length);
    if (request.method === 'HEAD') return response.end();
    const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    if (Number(start) >= bytes.length) return response.writeHead(416).setHeader('content-length', 0).end();
    const part = bytes.subarray(Number(start), end === '' ? undefined : Number(end) + 1);
    served += part.length;
    response.writeHead(206, { 'content-length': part.length }).end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const location = `http://127.0.0.1:${(server.address() as AddressInfo).port}/shard.tar?signature=secret`;
  const folder = newFolder();
  await runHere(await plan(folder, [{ kind: 'tar', location, name: '' }]), task, { folder });
  const rows = await merged(folder);
  expect(rows.map(({ name, caption }) => [name, caption])).toEqual([
    ['0.jpg', 'one'],
    ['1.jpg', undefined],
    ['2.jpg', undefined],
  ]);
  expect(served).toBeLessThan(7 << 20);
  server.closeAllConnections();
  server.close();
});

it('an archive whose server fails in the middle leaves no result; its pictures are not called unreadable', async () => {
  const bytes = tarOf({ '0.jpg': 'picture 0', '1.jpg': 'y'.repeat(3 << 20), '2.jpg': 'picture 2' });
  const second = 1024; // where the header of the second picture begins
  let answer: 'forbidden' | 'cut' | 'whole' = 'forbidden';
  const server = createServer((request, response) => {
    response.setHeader('etag', '"1"').setHeader('content-length', bytes.length);
    if (request.method === 'HEAD') return response.end();
    const [, start, end] = (/^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []).map(Number);
    const part = bytes.subarray(start, end === 0 ? undefined : end + 1);
    if (start > second && answer === 'forbidden')
      return response.writeHead(403, { 'content-length': 0 }).end();
    response.writeHead(206, { 'content-length': part.length });
    if (start > second && answer === 'cut') {
      answer = 'whole';
      return response.write(part.subarray(0, part.length >> 1), () => response.destroy());
    }
    response.end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const location = `http://127.0.0.1:${(server.address() as AddressInfo).port}/shard.tar`;
  const sizes = [9, 3 << 20, 9];
  const starts = [512, 1536, 1536 + (3 << 20) + 512];
  const sources: ShardSource[] = [
    { kind: 'tar', location, name: '' },
    {
      kind: 'members',
      location,
      names: ['0.jpg', '1.jpg', '2.jpg'],
      ranges: starts.map((start, i) => [start, start + sizes[i]]),
    },
  ];
  for (const source of sources) {
    const folder = newFolder();
    const shards = await plan(folder, [source]);
    answer = 'forbidden';
    await expect(runHere(shards, task, { folder })).rejects.toThrow(/shard\.tar: the server answers 403/);
    await expect(openMerged(folder)).rejects.toThrow('1 of 1 results are missing');
    answer = 'cut';
    await runHere(shards, task, { folder });
    expect(answer).toBe('whole');
    expect((await merged(folder)).map(({ name, error }) => [name, error])).toEqual([
      ['0.jpg', undefined],
      ['1.jpg', undefined],
      ['2.jpg', undefined],
    ]);
  }
  server.closeAllConnections();
  server.close();
});
