import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConvertOptions } from '@glip-wgpu/checkpoint';
import { checkpoint, trainingArchive, whole } from '@glip-wgpu/checkpoint/testing';
import { parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import { describe, expect, it, vi } from 'vitest';
import type { ServedFile } from '../testing/file-server.ts';
import { serverAndCache } from '../testing/server-and-cache.ts';
import { archive, converted, silentAfter, small } from '../testing/weight-archives.ts';
import { downloadWeights } from './download-weights.ts';
import { folderStore } from './folder-store.ts';
import type { DownloadOptions } from './remote-file.ts';

const FAST: DownloadOptions = { retryMs: 1 };
const IMPATIENT: DownloadOptions = { retryMs: 1, stallMs: 100 };
const NAME = 'm/model.safetensors';

const { server, folder, store, serve, remote, kept } = await serverAndCache();
const content = await archive.read(0, archive.size);
const smallContent = await small.read(0, small.size);
const sent = (): number => server.requests.reduce((sum, request) => sum + request.sent, 0);
const get = (form: ConvertOptions = {}, options = FAST, file = remote('a')) =>
  downloadWeights(file, NAME, form, store, options);
const stored = (): Buffer => readFileSync(join(folder, NAME));

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
