import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type ConvertOptions,
  openCheckpoint,
  planWeightTransfer,
  toSafetensors,
} from '@glip-wgpu/checkpoint';
import { checkpoint, trainingArchive, whole } from '@glip-wgpu/checkpoint/testing';
import { byteSource, parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildDownloadProcess } from '../testing/download-process.ts';
import { type ServedFile, serveFiles } from '../testing/file-server.ts';
import { downloadWeights } from './download-weights.ts';
import type { FileStore } from './file-store.ts';
import { folderStore } from './folder-store.ts';
import type { DownloadOptions } from './remote-file.ts';

const FAST: DownloadOptions = { retryMs: 1 };
const IMPATIENT: DownloadOptions = { retryMs: 1, stallMs: 100 };
const NAME = 'm/model.safetensors';

// 60 MB, of which 15 MB are weights: tables, matrices, and many small vectors between them.
const archive = trainingArchive([
  { name: 'embeddings', shape: [3000, 700] },
  ...Array.from({ length: 60 }, (_, i) => ({ name: `layers.${i}.weight`, shape: [120, 220 + i] })),
  ...Array.from({ length: 60 }, (_, i) => ({ name: `layers.${i}.bias`, shape: [120] })),
]);
let content: Uint8Array;
const small = trainingArchive([
  { name: 'weight', shape: [300, 200] },
  { name: 'bias', shape: [77] },
]);
let smallContent: Uint8Array;

async function converted(bytes: Uint8Array, form: ConvertOptions = {}): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const file = await openCheckpoint(byteSource(bytes));
  for await (const part of toSafetensors(file, form).chunks()) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts);
}

let folder: string;
let store: FileStore;
let server: Awaited<ReturnType<typeof serveFiles>>;
beforeAll(async () => {
  server = await serveFiles({});
  content = await archive.read(0, archive.size);
  smallContent = await small.read(0, small.size);
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'glip-weights-'));
  store = folderStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const serve = (files: Record<string, ServedFile>): void => {
  for (const name of Object.keys(server.files)) delete server.files[name];
  Object.assign(server.files, files);
  server.requests.length = 0;
};
const sent = (): number => server.requests.reduce((sum, request) => sum + request.sent, 0);
const remote = (...paths: string[]) => ({ name: 'm/w.pth', urls: paths.map((path) => server.url(path)) });
const get = (form: ConvertOptions = {}, options = FAST, file = remote('a')) =>
  downloadWeights(file, NAME, form, store, options);
const stored = (): Buffer => readFileSync(join(folder, NAME));
/** Lets the server fall silent after so many bytes. */
const silentAfter = (bytes: number, file: ServedFile): ServedFile => {
  let left = bytes;
  const sends = (): boolean => {
    left -= 65_536;
    return left > 0;
  };
  return { ...file, sends };
};
const kept = (): string[] => (existsSync(join(folder, 'm')) ? readdirSync(join(folder, 'm')).sort() : []);

describe('a download of weights', () => {
  it.each([{}, { f16: true }, { q8: true }])(
    'as %j transfers at most 1.02 times their bytes, and stores what a conversion of the whole file gives',
    async (form) => {
      serve({ a: { content, etag: '"1"' } });
      const seen: number[] = [];
      const file = await get(form, { ...FAST, onProgress: ({ done }) => seen.push(done) });
      expect(archive.size).toBeGreaterThan(4 * archive.weightBytes);
      expect(sent() / archive.weightBytes).toBeLessThan(1.02);
      expect(Buffer.compare(stored(), await converted(content, form))).toBe(0);
      expect(file).toMatchObject({ size: stored().length, url: server.url('a') });
      expect(seen.at(-1)).toBe(archive.weightBytes);
      expect(kept()).toEqual(['model.safetensors', 'model.safetensors.json']);
      const before = server.requests.length;
      await get(form);
      expect(server.requests).toHaveLength(before);
    },
  );

  it('joins neighbors, and makes several requests at a time', async () => {
    let open = 0;
    let most = 0;
    const { fetch } = globalThis;
    vi.stubGlobal('fetch', async (...args: Parameters<typeof fetch>) => {
      most = Math.max(most, ++open);
      return fetch(...args).finally(() => open--);
    });
    serve({ a: { content, etag: '"1"' } });
    const connections = server.connections();
    await get();
    expect(server.connections() - connections).toBeLessThan(10);
    vi.unstubAllGlobals();
    expect(most).toBeGreaterThan(1);
    expect(server.requests.length).toBeLessThan(60); // of 121 weights
  });

  it('in two processes at once is made once', async () => {
    serve({ a: { content: smallContent, etag: '"1"' } });
    const found = await Promise.all([get(), get(), get()]);
    expect(new Set(found.map((file) => file?.sha256)).size).toBe(1);
    const whole = server.requests.filter(({ sent: bytes }) => bytes > small.weightBytes / 2);
    expect(whole).toHaveLength(1);
    expect(kept()).toEqual(['model.safetensors', 'model.safetensors.json']);
  });

  it('goes on after connections break, with what is missing only', async () => {
    let left = 12;
    serve({
      a: { content, etag: '"1"', breakAfter: () => (left-- > 0 ? 300_000 : Number.POSITIVE_INFINITY) },
    });
    await get();
    expect(Buffer.compare(stored(), await converted(content))).toBe(0);
  });

  it('goes on from another mirror, also one that dates it differently', async () => {
    serve({ a: silentAfter(3_000_000, { content, etag: '"1"' }) });
    await expect(get({}, IMPATIENT)).rejects.toMatchObject({ code: 'network' });
    const before = sent();
    serve({ b: { content, etag: '"2"' } });
    await get({}, FAST, remote('b'));
    expect(before + sent()).toBeLessThan(1.3 * archive.weightBytes);
    expect(Buffer.compare(stored(), await converted(content))).toBe(0);
  });

  it('transfers again what the disk no longer holds', async () => {
    serve({ a: silentAfter(5_000_000, { content, etag: '"1"' }) });
    await expect(get({}, IMPATIENT)).rejects.toThrow();
    const part = join(folder, `${NAME}.part`);
    const damaged = readFileSync(part);
    damaged.fill(0, 20_000, damaged.length / 2);
    writeFileSync(part, damaged);
    delete server.files['a'].sends;
    await get();
    expect(Buffer.compare(stored(), await converted(content))).toBe(0);
  });

  it('begins anew where the checkpoint is another by now, or is to be stored in another form', async () => {
    const other = trainingArchive([
      { name: 'weight', shape: [300, 200], data: new Uint8Array(240_000).fill(1) },
      { name: 'bias', shape: [77] },
    ]);
    for (const form of [{}, { f16: true }]) {
      serve({ a: silentAfter(600_000, { content: smallContent }) });
      await expect(get({}, IMPATIENT)).rejects.toThrow();
      const changed = form.f16 ? smallContent : await other.read(0, other.size);
      serve({ a: { content: changed } });
      await get(form);
      expect(Buffer.compare(stored(), await converted(changed, form))).toBe(0);
      await store.remove(NAME);
    }
  });

  it('reads tensors that are not contiguous, share storages, or are of other dtypes', async () => {
    for (const name of ['views', 'shapes', 'dtypes', 'training', 'bare']) {
      const path = new URL(`../../../../fixtures/torch/${name}.pth`, import.meta.url);
      const file = new Uint8Array(readFileSync(path));
      serve({ a: { content: file } });
      await get();
      expect(Buffer.compare(stored(), await converted(file)), name).toBe(0);
      await store.remove(NAME);
    }
  });
});

describe('a signed address', () => {
  it('is found by one redirect, used until it is refused, and then found again', async () => {
    let signed = 0;
    const addresses: Record<string, ServedFile> = {};
    for (let i = 1; i <= 4; i++) {
      let uses = 0;
      addresses[`signed?${i}`] = {
        content,
        etag: '"1"',
        status: () => (++uses > 12 ? [401, 403, 410][i - 1] : undefined),
      };
    }
    addresses['signed?4'].status = () => undefined;
    serve({ a: { content, redirect: () => server.url(`signed?${++signed}`) }, ...addresses });
    await get();
    expect(Buffer.compare(stored(), await converted(content))).toBe(0);
    const resolved = server.requests.filter(({ path }) => path === 'a').length;
    expect(resolved).toBe(signed);
    expect(resolved).toBeGreaterThan(1);
    expect(resolved).toBeLessThanOrEqual(4);
  });

  it('that is refused again at once is a typed error', async () => {
    let uses = 0;
    serve({
      a: { content, redirect: server.url('signed') },
      signed: { content, status: () => (++uses > 4 ? 403 : undefined) },
    });
    await expect(get()).rejects.toMatchObject({ code: 'http', message: expect.stringContaining('403') });
  });
});

describe('a server without what it takes', () => {
  it('that ignores ranges, or a file that is no zip archive, is left to a download of the whole file', async () => {
    serve({ a: { content: smallContent, ranges: false } });
    expect(await get()).toBeUndefined();
    serve({ a: { content: Uint8Array.from(readFileSync(legacy)) } });
    expect(await get()).toBeUndefined();
    expect(kept()).toEqual([]);
  });

  it('that stops answering ranges on the way leaves nothing behind', async () => {
    serve({ a: { content: smallContent } });
    let count = 0;
    server.files['a'].sends = () => {
      if (++count === 6) server.files['a'].ranges = false;
      return true;
    };
    expect(await get()).toBeUndefined();
    expect(kept()).toEqual([]);
  });

  it('that does not understand conditions is asked without them', async () => {
    serve({ a: { content: smallContent, etag: '"1"', conditions: false } });
    await get();
    expect(Buffer.compare(stored(), await converted(smallContent))).toBe(0);
  });

  const legacy = new URL('../../../../fixtures/torch/legacy.pth', import.meta.url);
});

describe('weights that cannot be downloaded', () => {
  it('are refused if their checksum is wrong twice, and the other mirror is taken', async () => {
    const damaged = Uint8Array.from(smallContent);
    const at = smallContent.length / 8;
    damaged[Math.floor(at)] ^= 1;
    serve({ a: { content: damaged }, b: { content: smallContent } });
    await expect(get()).rejects.toMatchObject({
      name: 'DownloadError',
      code: 'checksum',
      message: expect.stringMatching(/archive\/data\/0 is damaged: its CRC-32/),
    });
    expect(kept()).not.toContain('model.safetensors');
    expect(kept()).not.toContain('model.safetensors.lock');
    await get({}, FAST, remote('a', 'b'));
    expect(Buffer.compare(stored(), await converted(smallContent))).toBe(0);
  });

  const changes: [title: string, change: Partial<ServedFile>][] = [
    ['ETag', { etag: '"2"' }],
    ['date', { lastModified: 'Sat, 28 Nov 2026 13:00:00 GMT' }],
    ['length', { content: new Uint8Array(10_000_000) }],
  ];
  it.each(changes)(
    'because the file has another %s during the download are a typed error',
    async (_, change) => {
      const lastModified = 'Sat, 28 Nov 2026 12:00:00 GMT';
      const etag = change.etag ? '"1"' : undefined;
      let count = 0;
      const file: ServedFile = { content, etag, lastModified };
      file.sends = () => {
        if (++count === 20) Object.assign(file, change);
        return true;
      };
      serve({ a: file });
      await expect(get()).rejects.toMatchObject({ name: 'DownloadError', code: 'changed' });
      expect(kept()).not.toContain('model.safetensors');
    },
  );

  it('into a folder without room are refused before any weight is transferred', async () => {
    const huge = { ...store, beginScattered: folderStore(folder).beginScattered };
    await expect(huge.beginScattered(NAME, 'x', 2 ** 52, undefined)).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('MB are free'),
    });
    expect(kept()).not.toContain('model.safetensors.lock');
  });

  it('because they are no checkpoint are refused before they are downloaded', async () => {
    serve({ a: { content: new TextEncoder().encode(`<!doctype html>${'x'.repeat(1000)}`) } });
    await expect(get()).rejects.toMatchObject({ name: 'TorchFileError', code: 'web-page' });
    serve({ a: { content: checkpoint(whole('N')) } });
    await expect(get()).rejects.toMatchObject({ name: 'TorchFileError', code: 'no-weights' });
    expect(kept()).toEqual([]);
  });

  it('because the signal is aborted keep what they have, and no lock', async () => {
    const controller = new AbortController();
    serve({ a: { content, etag: '"1"' } });
    let count = 0;
    server.files['a'].sends = () => {
      if (++count === 60) controller.abort(new Error('enough'));
      return count < 60;
    };
    await expect(get({}, { ...FAST, signal: controller.signal })).rejects.toThrow('enough');
    expect(kept()).toEqual(['model.safetensors.part', 'model.safetensors.part.journal']);
    delete server.files['a'].sends;
    await get();
    expect(sent()).toBeLessThan(1.5 * archive.weightBytes); // with what was in the sockets
    expect([...parseSafetensors(stored()).names].length).toBe(121);
  });
});

describe('a process that is killed while it downloads weights', () => {
  const script = join(mkdtempSync(join(tmpdir(), 'glip-process-')), 'download.mjs');
  beforeAll(() => buildDownloadProcess(script));
  afterAll(() => rmSync(dirname(script), { recursive: true }));

  it('at 20 points of one download never requests what was recorded; the file is right', async () => {
    const journal = join(folder, `${NAME}.part.journal`);
    let recorded: (readonly [start: number, end: number])[] = [];
    let state = 7; // Park-Miller: the same points on every run
    for (let round = 0; round < 20; round++) {
      state = (state * 48_271) % 2_147_483_647;
      const point = 700_000 + (state % 700_000); // bytes that the server sends, so that no round ends the download
      serve({ a: silentAfter(point, { content, etag: '"1"' }) });
      const child = fork(script, ['weights', server.url('a'), folder], { stdio: 'ignore' });
      const died = new Promise((resolve) => child.once('exit', resolve));
      const before = recorded.length;
      for (let waited = 0; waited < 200 && recorded.length <= before; waited++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        recorded = await recordedRuns(journal);
      }
      await new Promise((resolve) => setTimeout(resolve, state % 20));
      child.kill('SIGKILL');
      await died;
      expectNew(before);
      recorded = await recordedRuns(journal);
      expect(kept()).not.toContain('model.safetensors');
    }
    expect(recorded.length).toBeGreaterThan(20);
    serve({ a: { content, etag: '"1"' } });
    await get();
    expectNew(recorded.length);
    expect(Buffer.compare(stored(), await converted(content))).toBe(0);
    expect(kept()).toEqual(['model.safetensors', 'model.safetensors.json']);

    /** The first requests of a run read the archive's directory and pickle, where nothing is recorded. */
    function expectNew(count: number): void {
      for (const { range } of server.requests) {
        const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
        for (const [start, end] of recorded.slice(0, count)) {
          if (Number(first) < end && Number(last) >= start)
            throw new Error(`${range}: ${start} to ${end} is there`);
        }
      }
    }
  });

  /** Runs of the archive that a journal names. */
  async function recordedRuns(path: string): Promise<[start: number, end: number][]> {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const { storages } = await transfer;
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .filter((numbers) => numbers.length === 6)
      .map(([storage, offset, from, to]) => {
        const first = storages[storage].start + offset;
        return [first + from, first + to];
      });
  }
  const transfer = archive.read(0, archive.size).then((bytes) => planWeightTransfer(byteSource(bytes)));
});
