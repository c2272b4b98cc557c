import { openCheckpoint, toSafetensors } from '@glip-wgpu/checkpoint';
import { trainingArchive } from '@glip-wgpu/checkpoint/testing';
import { byteSource } from '@glip-wgpu/tensor-wgpu';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserStore } from './browser-store.ts';
import { downloadWeights } from './download-weights.ts';
import type { FileStore } from './file-store.ts';

// Weights in the page's private file system of Chromium. Responses of a server are made here.

const NAME = 'm/model.safetensors';
const archive = trainingArchive([
  { name: 'embeddings', shape: [5000, 768] },
  ...Array.from({ length: 12 }, (_, i) => ({ name: `layers.${i}.weight`, shape: [256, 300 + i] })),
  ...Array.from({ length: 12 }, (_, i) => ({ name: `layers.${i}.bias`, shape: [256] })),
]);
const file = { name: 'm/w.pth', urls: ['https://models.example/w.pth'] };

let content: Uint8Array<ArrayBuffer>;
let sent = 0;

/** Answers ranges; `sends` is called before each piece with the bytes sent so far, and breaks the response off. */
function serve(sends: () => boolean = () => true): void {
  sent = 0;
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    init.signal?.throwIfAborted();
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init.headers).get('Range') ?? '') ?? [];
    let at = Number(first);
    const end = Number(last) + 1;
    const headers = { 'Content-Range': `bytes ${at}-${end - 1}/${content.length}` };
    const body = new ReadableStream({
      pull(controller) {
        if (!sends()) return controller.error(new TypeError('network error'));
        const piece = content.slice(at, Math.min(end, at + 65_536));
        at += piece.length;
        sent += piece.length;
        controller.enqueue(piece);
        if (at === end) controller.close();
      },
    });
    return new Response(body, { status: 206, headers });
  });
}

async function converted(f16: boolean): Promise<Uint8Array> {
  const parts: BlobPart[] = [];
  const checkpoint = await openCheckpoint(byteSource(content));
  for await (const part of toSafetensors(checkpoint, { f16 }).chunks()) parts.push(part.slice());
  return new Blob(parts).bytes();
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

let store: FileStore;
beforeAll(async () => {
  content = Uint8Array.from(await archive.read(0, archive.size));
});
beforeEach(async () => {
  store = (await browserStore('glip-weights')) as FileStore;
  await store.remove(NAME);
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await (await navigator.storage.getDirectory()).removeEntry('glip-weights', { recursive: true });
});

describe("a download of weights into the page's private file system", () => {
  it.each([false, true])('with f16: %s is what a conversion gives, and is there offline', async (f16) => {
    serve();
    await downloadWeights(file, NAME, { f16 }, store);
    expect(sent / archive.weightBytes).toBeLessThan(1.02);
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
    const later = (await browserStore('glip-weights')) as FileStore;
    const found = await downloadWeights(file, NAME, { f16 }, later);
    if (!found) throw new Error('nothing is there');
    const expected = await converted(f16);
    expect(isSame(await found.content.read(0, found.size), expected)).toBe(true);
    expect(isSame(await found.content.read(99_000, 99_100), expected.subarray(99_000, 99_100))).toBe(true);
  });

  it('goes on after the page was closed or the connection broke', async () => {
    const page = new AbortController();
    serve(() => {
      if (sent > 12_000_000) page.abort(new Error('closed'));
      return true;
    });
    await expect(downloadWeights(file, NAME, {}, store, { signal: page.signal })).rejects.toThrow();
    expect(await store.open(NAME)).toBeUndefined();
    const before = sent;
    let broken = 3;
    serve(() => sent < 1_000_000 || broken-- <= 0);
    const found = await downloadWeights(file, NAME, {}, store, { retryMs: 1 });
    expect(before + sent).toBeLessThan(1.2 * archive.weightBytes);
    expect(isSame((await found?.content.read(0, found.size)) as Uint8Array, await converted(false))).toBe(
      true,
    );
  });

  it('begins anew in another precision, and refuses damaged weights', async () => {
    const page = new AbortController();
    serve(() => {
      if (sent > 12_000_000) page.abort(new Error('closed'));
      return true;
    });
    await expect(downloadWeights(file, NAME, {}, store, { signal: page.signal })).rejects.toThrow();
    serve();
    const found = await downloadWeights(file, NAME, { f16: true }, store);
    expect(isSame((await found?.content.read(0, found.size)) as Uint8Array, await converted(true))).toBe(
      true,
    );
    await store.remove(NAME);
    const at = content.length / 20;
    content[Math.floor(at)] ^= 1;
    serve();
    await expect(downloadWeights(file, NAME, {}, store)).rejects.toMatchObject({ code: 'checksum' });
    expect(await store.open(NAME)).toBeUndefined();
    content[Math.floor(at)] ^= 1;
  });
});
