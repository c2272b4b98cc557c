import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serverAndCache } from '../testing/server-and-cache.ts';
import { cached, download } from './download.ts';
import { defaultFolder } from './folder-store.ts';

const { folder, store, serve, remote, kept } = await serverAndCache();
const content = new Uint8Array(300_000).fill(7);

describe('the cache folder', () => {
  it('is GLIP_CACHE, or in the cache folder of the user', () => {
    expect(defaultFolder({ GLIP_CACHE: '/data/models' })).toBe('/data/models');
    expect(defaultFolder({ XDG_CACHE_HOME: '/home/a/cache' })).toBe(join('/home/a/cache', 'glip-wgpu'));
    expect(defaultFolder({})).toMatch(/glip-wgpu$/);
  });

  it('without a note holds no file: a copy that broke off is not taken for whole', async () => {
    serve({ a: { content } });
    await download(remote('a'), store);
    rmSync(join(folder, 'm', 'w.pth.json'));
    expect(await cached(remote('a'), store)).toBeUndefined();
    await download(remote('a'), store);
    writeFileSync(join(folder, 'm', 'w.pth'), 'short');
    expect(await cached(remote('a'), store)).toBeUndefined();
    await store.remove('m/w.pth');
    expect(kept()).toEqual([]);
  });
});
