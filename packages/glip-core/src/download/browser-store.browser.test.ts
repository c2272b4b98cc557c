import { byteSource } from '@glip-wgpu/tensor-wgpu';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserStore } from './browser-store.ts';
import { download, importFile } from './download.ts';
import type { FileStore } from './file-store.ts';
import { Sha256 } from './sha256.ts';

// The page's private file system of Chromium. Answers of a server are made here: pages of tests have none of their own.

const content = Uint8Array.from({ length: 40 * 2 ** 20 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 24) & 0xff);
const hash = new Sha256();
hash.update(content);
const sha256 = hash.digest();
const file = { name: 'm/w.pth', urls: ['https://models.example/w.pth'], sha256 };
const ranges: (string | null)[] = [];

/** Answers ranges; breaks off after so many bytes of an answer, and says so. */
function serve(breakAfter = Number.POSITIVE_INFINITY, broken: () => void = () => {}): void {
  ranges.length = 0;
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    const range = new Headers(init.headers).get('Range');
    ranges.push(range);
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const headers = {
      'Content-Length': `${content.length - start}`,
      'Content-Range': `bytes ${start}-${content.length - 1}/${content.length}`,
    };
    let at = start;
    const body = new ReadableStream({
      pull(controller) {
        if (at - start >= breakAfter) {
          broken();
          return controller.error(new TypeError('network error'));
        }
        const end = Math.min(content.length, at + 2 ** 20);
        controller.enqueue(content.slice(at, end));
        at = end;
        if (at === content.length) controller.close();
      },
    });
    return new Response(body, { status: start > 0 ? 206 : 200, headers });
  });
}

let store: FileStore;
beforeEach(async () => {
  store = (await browserStore('glip-test')) as FileStore;
  await store.remove(file.name);
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await (await navigator.storage.getDirectory()).removeEntry('glip-test', { recursive: true });
});

const same = async ({
  content: found,
}: {
  content: { size: number; read(a: number, b: number): Promise<Uint8Array> };
}) => {
  const bytes = await found.read(0, found.size);
  return bytes.length === content.length && bytes.every((byte, i) => byte === content[i]);
};

describe("a download into the page's private file system", () => {
  it('is whole, is read in ranges, and is there the next time', async () => {
    serve();
    const fetched = await download(file, store);
    expect(await same(fetched)).toBe(true);
    const middle = await fetched.content.read(16 * 2 ** 20 - 5, 16 * 2 ** 20 + 5); // over the edge of two pieces
    expect(middle).toEqual(content.slice(16 * 2 ** 20 - 5, 16 * 2 ** 20 + 5));
    const again = await download(file, (await browserStore('glip-test')) as FileStore, { offline: true });
    expect(again.sha256).toBe(sha256);
    expect(ranges).toHaveLength(1);
  });

  it('goes on where it broke off, and after the page was closed on the way', async () => {
    serve(9 * 2 ** 20);
    expect(await same(await download(file, store, { retryMs: 1 }))).toBe(true);
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]/.test(range ?? ''))).toBe(true);

    await store.remove(file.name);
    const page = new AbortController();
    serve(20 * 2 ** 20, () => page.abort(new Error('closed')));
    const closed = download(file, store, { signal: page.signal });
    await expect(closed).rejects.toThrow();
    expect(await store.open(file.name)).toBeUndefined();
    serve();
    expect(await same(await download(file, store))).toBe(true);
    expect(Number(/\d+/.exec(ranges[0] ?? '')?.[0])).toBeGreaterThanOrEqual(16 * 2 ** 20);
  });

  it('in two pages at once is fetched once', async () => {
    serve();
    const pages = [store, (await browserStore('glip-test')) as FileStore];
    const found = await Promise.all(pages.map((page) => download(file, page)));
    expect(found.map((one) => one.sha256)).toEqual([sha256, sha256]);
    expect(ranges).toHaveLength(1);
  });

  it('takes a file that the user chose', async () => {
    const chosen = byteSource(new Blob([content]));
    expect(await same(await importFile(file, chosen, store))).toBe(true);
    await expect(importFile({ ...file, sha256: '00' }, chosen, store)).rejects.toMatchObject({
      code: 'checksum',
    });
  });
});
