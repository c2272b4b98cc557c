import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ServedFile } from '../testing/file-server.ts';
import { serverAndCache } from '../testing/server-and-cache.ts';
import { archive, converted, small } from '../testing/weight-archives.ts';
import { downloadWeights } from './download-weights.ts';

const NAME = 'm/model.safetensors';

const { server, folder, store, serve, remote, kept } = await serverAndCache();
const content = await archive.read(0, archive.size);
const smallContent = await small.read(0, small.size);
const get = () => downloadWeights(remote('a'), NAME, {}, store, { retryMs: 1 });
const stored = (): Buffer => readFileSync(join(folder, NAME));

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
