import { parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import { describe, expect, inject, it, vi } from 'vitest';
import { browserStore } from '../download/browser-store.ts';
import { download } from '../download/download.ts';
import { downloadWeights } from '../download/download-weights.ts';
import type { FileStore } from '../download/file-store.ts';
import { openUrl } from '../download/open-url.ts';
import { Sha256 } from '../download/sha256.ts';
import { readModel } from './model-files.ts';

// A server on another port that allows the page to read its files, and exposes no header: testing/other-origin.ts.

const at = (path: string): string => `${inject('otherOrigin')}${path}`;
const local = (name: string): Promise<Uint8Array> =>
  fetch(new URL(`../../../emoji-tiny/model/${name}`, import.meta.url)).then((response) => response.bytes());
const sha256Of = (bytes: Uint8Array): string => {
  const hash = new Sha256();
  hash.update(bytes);
  return hash.digest();
};

describe('a model from another origin whose server exposes no headers', () => {
  it('is asked for as the tests mean it: the page cannot read Content-Range or ETag', async () => {
    const response = await fetch(at('ranges/model.safetensors'), { headers: { Range: 'bytes=0-0' } });
    expect([response.status, response.type]).toEqual([206, 'cors']);
    expect(response.headers.get('Content-Range')).toBeNull();
    expect(response.headers.get('ETag')).toBeNull();
    await response.body?.cancel();
  });

  it.each(['ranges/', 'no-head/', 'whole/', 'compressed/', 'ranges/model.safetensors'])(
    'is loaded from %s',
    async (place) => {
      const model = await readModel(at(place));
      expect([...model.source.names].length).toBeGreaterThan(200);
      const name = 'backbone.body.patch_embed.proj.weight';
      const twin = await readModel({
        weights: await local('model.safetensors'),
        config: model.config,
        vocabulary: await local('vocab.txt'),
      });
      expect(await model.source.read(name)).toEqual(await twin.source.read(name));
      expect(model.seenWords).toBeUndefined();
    },
  );

  it.each(['ranges/', 'no-head/'])('is read in parts from %s', async (place) => {
    const file = await openUrl(at(`${place}model.safetensors`));
    const whole = await local('model.safetensors');
    expect(file.size).toBe(whole.length);
    expect(await file.read(100, 164)).toEqual(whole.slice(100, 164));
  });

  it.each(['ranges', 'no-head', 'whole', 'compressed'])('is downloaded from %s', async (place) => {
    const store = (await browserStore(`other-origin-${place}`)) as FileStore;
    const name = 'model.safetensors';
    const totals: (number | undefined)[] = [];
    const file = await download({ name, urls: [at(`${place}/${name}`)] }, store, {
      onProgress: ({ total }) => totals.push(total),
    });
    const whole = await local(name);
    expect(file.sha256).toBe(sha256Of(whole));
    if (place !== 'compressed') expect(totals[0]).toBe(whole.length);
  });

  it.each(['ranges', 'no-head', 'whole'])('gives the weights of a checkpoint from %s', async (place) => {
    const store = (await browserStore(`other-origin-weights-${place}`)) as FileStore;
    const file = { name: 'weights.pth', urls: [at(`${place}/weights.pth`)] };
    const found = await downloadWeights(file, 'model.safetensors', {}, store);
    if (place === 'whole') return expect(found).toBeUndefined();
    const bytes = (await found?.content.read(0, found.size)) as Uint8Array;
    expect(parseSafetensors(bytes).info('weight').shape).toEqual([500, 300]);
  });

  it('goes on with a download that broke off', async () => {
    const store = (await browserStore('other-origin-resume')) as FileStore;
    const file = { name: 'model.safetensors', urls: [at('ranges/model.safetensors')] };
    const stop = new AbortController();
    const first = download(file, store, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(first).rejects.toThrow();
    const part = await store.begin(file.name);
    const had = part.size;
    await part.close();
    expect(had).toBeGreaterThan(0);
    const asked = vi.spyOn(globalThis, 'fetch');
    const whole = await download(file, store);
    const ranges = asked.mock.calls.map(([, init]) => new Headers(init?.headers).get('Range'));
    asked.mockRestore();
    expect(ranges).toEqual([`bytes=${had}-`]);
    expect(whole.sha256).toBe(sha256Of(await local('model.safetensors')));
  });

  it('that is not there, or may not be read, is refused in words', async () => {
    await expect(openUrl(at('nothing'))).rejects.toThrow(/no response that this page may read/);
  });
});
