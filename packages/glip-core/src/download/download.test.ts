import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ServedFile } from '../testing/file-server.ts';
import { serverAndCache } from '../testing/server-and-cache.ts';
import { cached, download, importFile } from './download.ts';
import { DownloadError } from './download-error.ts';
import type { FileStore } from './file-store.ts';
import { folderStore } from './folder-store.ts';
import type { DownloadOptions, DownloadProgress } from './remote-file.ts';

/** Defines a test on Linux, whose special files it needs. */
const onLinux = process.platform === 'linux' ? it : () => {};

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 24) & 0xff);
const sha256 = createHash('sha256').update(content).digest('hex');
const FAST: DownloadOptions = { retryMs: 1, stallMs: 300 };
const { server, folder, store, serve, remote, kept } = await serverAndCache();
const bytesOf = async (file: {
  content: { size: number; read(a: number, b: number): Promise<Uint8Array> };
}) => Buffer.from(await file.content.read(0, file.content.size));

/** Downloads until a part is kept on disk, then breaks off. */
async function breakOff(): Promise<void> {
  const controller = new AbortController();
  const part = join(folder, 'm', 'w.pth.part');
  const polling = setInterval(() => {
    if (existsSync(part) && statSync(part).size > 0) controller.abort();
  }, 5);
  await expect(download(remote('a'), store, { signal: controller.signal })).rejects.toThrow();
  clearInterval(polling);
}

describe('a download', () => {
  it('puts the file into the cache, says how far it is, and is not repeated', async () => {
    serve({ a: { content, etag: '"1"' } });
    const seen: DownloadProgress[] = [];
    const file = await download(remote('a'), store, {
      ...FAST,
      onProgress: (progress) => seen.push(progress),
    });
    expect(Buffer.compare(await bytesOf(file), content)).toBe(0);
    expect(file).toMatchObject({ size: content.length, sha256, url: server.url('a') });
    expect(seen.at(-1)).toMatchObject({ file: 'm/w.pth', done: content.length, total: content.length });
    expect(seen.every(({ rate }) => rate >= 0)).toBe(true);
    expect(kept()).toEqual(['w.pth', 'w.pth.json']);

    await download(remote('a'), store, { offline: true });
    expect(server.requests).toHaveLength(1);
  });

  it('goes on after the connection breaks, with what is missing only', async () => {
    let left = 5;
    const breakAfter = (): number => (left-- > 0 ? 50_000 : Number.POSITIVE_INFINITY);
    serve({ a: { content, etag: '"1"', breakAfter } });
    const file = await download(remote('a'), store, FAST);
    expect(file.sha256).toBe(sha256);
    expect(server.requests.length).toBe(6);
    // Bytes received but not yet read are lost with their connection, so a start may repeat; it never goes back.
    const starts = server.requests.map(({ range }) =>
      Number(/^bytes=(\d+)-$/.exec(range ?? 'bytes=0-')?.[1]),
    );
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(starts[5]).toBeGreaterThan(0);
  });

  it('leaves no listener on the signal after its pauses', async () => {
    let left = 4;
    serve({
      a: { content, etag: '"1"', breakAfter: () => (left-- > 0 ? 50_000 : Number.POSITIVE_INFINITY) },
    });
    const { signal } = new AbortController();
    await download(remote('a'), store, { ...FAST, signal });
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(server.requests.length); // those of fetch
  });

  it('is checked by the digits that its name or its URL states, as whole file and from the cache', async () => {
    const digits = sha256.slice(0, 8);
    const good = { name: `m/w_mmdet-${digits}.pth`, urls: [server.url('a')] };
    serve({ a: { content }, 'b-00000000.pth': { content }, [`c-${digits}.pth`]: { content } });
    expect((await download(remote('b-00000000.pth', `c-${digits}.pth`), store, FAST)).sha256).toBe(sha256);
    await expect(
      download({ ...good, name: 'm/x.pth', urls: [server.url('b-00000000.pth')] }, store, FAST),
    ).rejects.toMatchObject({
      code: 'checksum',
      message: expect.stringMatching(/begins with 00000000, as its name says/),
    });
    expect((await download(good, store, FAST)).sha256).toBe(sha256);
    const other = { ...good, name: 'm/w_mmdet-00000000.pth' };
    const source = { size: content.length, read: async (a: number, b: number) => content.subarray(a, b) };
    await expect(importFile(other, source, store)).rejects.toMatchObject({ code: 'checksum' });
    expect(await importFile(good, source, store)).toMatchObject({ sha256 });
    expect(await cached(other, store)).toBeUndefined();
  });

  it('pauses as long as a server asks for', async () => {
    let left = 1;
    serve({ a: { content, status: () => (left-- > 0 ? 503 : undefined), retryAfter: '1' } });
    const start = performance.now();
    expect((await download(remote('a'), store, FAST)).sha256).toBe(sha256);
    expect(performance.now() - start).toBeGreaterThan(990);
    expect(server.requests).toHaveLength(2);
  });

  it('begins anew where the server knows no ranges', async () => {
    let left = 2;
    const breakAfter = (): number => (left-- > 0 ? 50_000 : Number.POSITIVE_INFINITY);
    serve({ a: { content, etag: '"1"', ranges: false, breakAfter } });
    expect((await download(remote('a'), store, FAST)).sha256).toBe(sha256);
  });

  it('begins anew where the file has changed in between', async () => {
    const old = content.map((byte) => byte ^ 1);
    serve({ a: { content: old, etag: '"old"', breakAfter: () => 100_000, stall: true } });
    await breakOff();
    serve({ a: { content, etag: '"new"' } });
    expect((await download(remote('a'), store, FAST)).sha256).toBe(sha256);
  });

  it('begins anew where nothing tells whether it is the same file', async () => {
    let left = 1;
    serve({ a: { content, breakAfter: () => (left-- > 0 ? 50_000 : Number.POSITIVE_INFINITY) } });
    expect((await download(remote('a'), store, FAST)).sha256).toBe(sha256);
  });

  it('goes on without a mark where a checksum will tell', async () => {
    let left = 1;
    serve({ a: { content, breakAfter: () => (left-- > 0 ? 50_000 : Number.POSITIVE_INFINITY) } });
    await download({ ...remote('a'), sha256 }, store, FAST);
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1].range).toMatch(/^bytes=[1-9]/);
  });

  it('repairs what was damaged on disk in between', async () => {
    serve({ a: { content, etag: '"1"', breakAfter: () => 100_000, stall: true } });
    await breakOff();
    const part = join(folder, 'm', 'w.pth.part');
    const damaged = readFileSync(part);
    expect(damaged.length).toBeGreaterThan(0);
    damaged[7] ^= 1;
    writeFileSync(part, damaged);
    serve({ a: { content, etag: '"1"' } });
    expect((await download({ ...remote('a'), sha256 }, store, FAST)).sha256).toBe(sha256);
  });

  it('follows redirects', async () => {
    serve({ a: { content, redirect: server.url('b') }, b: { content } });
    expect((await download(remote('a'), store, FAST)).sha256).toBe(sha256);
  });

  it('takes the next mirror where one has not the file, has another, or does not answer', async () => {
    serve({
      broken: { content, status: 503 },
      other: { content: content.map((byte) => byte ^ 1) },
      short: { content: content.subarray(0, 10) },
      good: { content },
    });
    const urls = ['none', 'broken', 'other', 'short', 'good'].map((path) => server.url(path));
    const nobody = 'http://127.0.0.1:9/file';
    const file = { name: 'm/w.pth', urls: [nobody, ...urls], size: content.length, sha256 };
    expect((await download(file, store, FAST)).url).toBe(server.url('good'));
  });

  it('of a file that a hash was recorded of is fetched again when another is asked for', async () => {
    serve({ a: { content } });
    await download(remote('a'), store, FAST);
    expect(await cached({ ...remote('a'), sha256: '00' }, store)).toBeUndefined();
    expect(await cached({ ...remote('a'), sha256 }, store)).toBeDefined();
    expect(await cached({ ...remote('a'), size: 5 }, store)).toBeUndefined();
  });

  it('stops when it is aborted, and keeps what it has', async () => {
    serve({ a: { content, etag: '"1"', stall: true } });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 50);
    const work = download(remote('a'), store, { ...FAST, stallMs: 10_000, signal: controller.signal });
    await expect(work).rejects.toThrow('enough');
    expect(kept()).not.toContain('w.pth');
    expect(kept()).not.toContain('w.pth.lock');
  });
});

describe('a download that cannot be made', () => {
  const failing: [title: string, code: string, served: Partial<ServedFile> | undefined, extra?: object][] = [
    ['of a file that is not there', 'not-found', undefined],
    ['that is forbidden', 'http', { status: 403 }],
    ['from a server that always fails', 'network', { status: 500 }],
    ['from a server that falls silent', 'network', { stall: true, breakAfter: () => 0 }],
    ['with another checksum', 'checksum', {}, { sha256: '00'.repeat(32) }],
    ['with another length', 'length', {}, { size: 5 }],
    [
      'with fewer bytes than announced',
      'network',
      { length: 400_000, ranges: false, breakAfter: () => 299_999 },
    ],
  ];
  it.each(failing)('%s is a typed error: %s', async (_, code, served, extra) => {
    serve(served ? { a: { content, ...served } } : {});
    const error = await download({ ...remote('a'), ...extra }, store, { ...FAST, stallMs: 50 }).catch(
      (e) => e,
    );
    expect(error).toBeInstanceOf(DownloadError);
    expect(error).toMatchObject({ code, message: expect.stringContaining('m/w.pth') });
    expect(kept()).not.toContain('w.pth');
    expect(kept()).not.toContain('w.pth.lock');
  });

  it('offline says where the file would be', async () => {
    const error = await download(remote('a'), store, { offline: true }).catch((e) => e);
    expect(error).toMatchObject({ code: 'offline', message: expect.stringContaining(folder) });
  });

  it('with a URL that is neither http nor https is refused', async () => {
    const file = { name: 'x', urls: ['file:///etc/passwd', 'javascript:1'] };
    await expect(download(file, store, FAST)).rejects.toMatchObject({ code: 'url' });
  });

  it('into a full disk, says so, and goes on when there is room', async () => {
    serve({ a: { content, etag: '"1"' } });
    const full: FileStore = {
      ...store,
      begin: async (name, signal) => {
        const part = await store.begin(name, signal);
        return {
          ...part,
          get size() {
            return part.size;
          },
          append: (bytes) =>
            part.size + bytes.length > 100_000
              ? Promise.reject(new DownloadError('disk-full', `${folder}: the disk is full`))
              : part.append(bytes),
        };
      },
    };
    await expect(download(remote('a', 'a'), full, FAST)).rejects.toMatchObject({ code: 'disk-full' });
    expect(server.requests).toHaveLength(1);
    expect((await download(remote('a'), store, FAST)).sha256).toBe(sha256);
  });

  onLinux('names a device that has no room', async () => {
    rmSync(folder, { recursive: true });
    mkdirSync(join(folder, 'm'), { recursive: true });
    symlinkSync('/dev/full', join(folder, 'm', 'w.pth.part'));
    serve({ a: { content } });
    await expect(download(remote('a'), store, FAST)).rejects.toMatchObject({ code: 'disk-full' });
  });

  onLinux('into a folder that may not be written, says so', async () => {
    serve({ a: { content } });
    const work = download(remote('a'), folderStore('/sys/glip'), FAST);
    await expect(work).rejects.toMatchObject({
      code: 'permission',
      message: expect.stringContaining('GLIP_CACHE'),
    });
  });

  it('into what is no folder, says so', async () => {
    serve({ a: { content } });
    writeFileSync(join(folder, 'file'), '');
    const work = download(remote('a'), folderStore(join(folder, 'file')), FAST);
    await expect(work).rejects.toMatchObject({ code: 'cache', message: expect.stringContaining(folder) });
  });
});
