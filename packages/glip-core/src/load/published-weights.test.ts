import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toSafetensors } from '@glip-wgpu/checkpoint';
import { trainingArchive, trainingCheckpoint } from '@glip-wgpu/checkpoint/testing';
import { parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serveFiles } from '../testing/file-server.ts';
import { fixture } from '../testing/fixtures.ts';
import { fineTunedFile, mmdetectionForm } from '../testing/mmdetection-form.ts';
import { openModel } from './model-files.ts';
import { type PublishedModel, publishedModel } from './published-models.ts';
import {
  cachedWeights,
  type DownloadPlan,
  downloadPublishedWeights,
  fetchWeights,
  planDownload,
  removePublishedWeights,
} from './published-weights.ts';

const model = publishedModel('glip-t') as PublishedModel;
const archive = trainingArchive([
  { name: 'backbone.body.patch_embed.proj.weight', shape: [96, 3, 4, 4] },
  { name: 'backbone.body.patch_embed.proj.bias', shape: [96] },
  { name: 'language_backbone.body.model.pooler.dense.weight', shape: [8, 8] },
]);
const [weight, bias, unused] = [4 * 96 * 48, 4 * 96, 4 * 64];

let server: Awaited<ReturnType<typeof serveFiles>>;
let cache: string;
beforeAll(async () => {
  const content = await archive.read(0, archive.size);
  server = await serveFiles({
    [`ranges/${model.weights.name}`]: { content, etag: '"1"' },
    [`whole/${model.weights.name}`]: { content, ranges: false },
  });
});
afterAll(() => server.close());
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'glip-published-'));
});
afterEach(() => rmSync(cache, { recursive: true }));
const from = (mirror: string) => ({ cache, mirror: server.url(mirror), retryMs: 1 });

describe('the plan of a download', () => {
  it('says what is to come, what lies on the disk and what the GPU holds, for each precision', async () => {
    expect(await planDownload('glip-t', from('ranges'))).toEqual({
      model: 'glip-t',
      weights: 'f32',
      cached: false,
      url: server.url(`ranges/${model.weights.name}`),
      transferBytes: weight + bias + unused,
      fileBytes: archive.size,
      diskBytes: expect.closeTo(weight + bias + unused, -3),
      gpuBytes: weight + bias,
    });
    const half = await planDownload('glip-t', { ...from('ranges'), weights: 'f16' });
    expect(half.transferBytes).toBe(weight + bias + unused);
    expect(half.gpuBytes).toBe(weight / 2 + bias);
    expect((half.diskBytes ?? 0) / (weight / 2 + bias + unused / 2)).toBeCloseTo(1, 1);
    expect(existsSync(join(cache, 'glip-t'))).toBe(false);
  });

  it('of a server without ranges is the whole file; of what is in the cache, nothing', async () => {
    const plan = await planDownload('glip-t', from('whole'));
    expect(plan).toMatchObject({ transferBytes: archive.size, diskBytes: archive.size, gpuBytes: undefined });
    const plans: DownloadPlan[] = [];
    const options = { ...from('ranges'), onPlan: (one: DownloadPlan) => plans.push(one) };
    const before = await planDownload('glip-t', options);
    await downloadPublishedWeights(model, options);
    expect(plans).toEqual([before]);
    await downloadPublishedWeights(model, options);
    expect(plans).toHaveLength(1);
    const after = await planDownload('glip-t', { cache, offline: true });
    expect(after).toMatchObject({ cached: true, transferBytes: 0, gpuBytes: before.gpuBytes });
    expect(after.diskBytes).toBe(before.diskBytes);
  });

  it('of an unknown model or precision, or offline, is refused', async () => {
    await expect(planDownload('glip-xxl', { cache })).rejects.toThrow(/published are glip-t-a/);
    const weights = 'f8' as 'f16';
    await expect(planDownload('glip-t', { cache, weights })).rejects.toThrow(/expected 'f32' or/);
    await expect(planDownload('glip-t', { cache, offline: true })).rejects.toMatchObject({ code: 'offline' });
  });
});

describe('weights of a published model', () => {
  it('are stored in one precision, and those of more precision are taken for it', async () => {
    const half = await downloadPublishedWeights(model, { ...from('ranges'), weights: 'f16' });
    expect(half.name).toBe('glip-t/model-f16.safetensors');
    const file = parseSafetensors(await half.content.read(0, half.size));
    expect(file.info('backbone.body.patch_embed.proj.weight').dtype).toBe('F16');
    expect(file.info('backbone.body.patch_embed.proj.bias').dtype).toBe('F32');
    await expect(fetchWeights(model, { cache, offline: true })).rejects.toMatchObject({
      code: 'offline',
      message: expect.stringMatching(/it is there as f16: load it in that precision/),
    });
    const full = await downloadPublishedWeights(model, from('ranges'));
    expect(full.name).toBe('glip-t/model.safetensors');
    rmSync(join(cache, 'glip-t/model-f16.safetensors'));
    const { found } = await cachedWeights(model, { cache, weights: 'f16' });
    expect(found?.name).toBe('glip-t/model.safetensors');
  });

  it('from a server without ranges are the whole file, which is then read in any precision', async () => {
    const { name, size } = await downloadPublishedWeights(model, { ...from('whole'), weights: 'f16' });
    expect([name, size]).toEqual([model.weights.name, archive.size]);
    const { found } = await cachedWeights(model, { cache });
    expect(found?.name).toBe(model.weights.name);
    expect((await fetchWeights(model, { cache, offline: true })).size).toBe(archive.size);
  });

  it('are removed in every precision, also from an unfinished download; other models stay', async () => {
    const other = publishedModel('glip-t-b') as PublishedModel;
    const content = await archive.read(0, archive.size);
    server.files[`ranges/${other.weights.name}`] = { content };
    for (const weights of ['q8', 'f16', 'f32'] as const)
      await downloadPublishedWeights(model, { ...from('ranges'), weights });
    const stop = new AbortController();
    const options = { ...from('ranges'), weights: 'f16', signal: stop.signal } as const;
    const onProgress = () => stop.abort(new Error('stopped'));
    await expect(downloadPublishedWeights(other, { ...options, onProgress })).rejects.toThrow();
    await downloadPublishedWeights(other, from('ranges'));
    expect(readdirSync(join(cache, 'glip-t-b')).some((name) => name.includes('.part'))).toBe(true);

    expect(readdirSync(join(cache, 'glip-t'))).toHaveLength(6); // each with its note
    await removePublishedWeights(model, { cache });
    expect(readdirSync(join(cache, 'glip-t'))).toEqual([]);
    await downloadPublishedWeights(model, from('whole'));
    await removePublishedWeights(model, { cache });
    expect(readdirSync(join(cache, 'glip-t'))).toEqual([]);
    expect((await cachedWeights(other, { cache })).found?.name).toBe('glip-t-b/model.safetensors');
    await removePublishedWeights(other, { cache });
    expect(readdirSync(join(cache, 'glip-t-b'))).toEqual([]);
    await removePublishedWeights(model, { cache }); // nothing is left to remove
  });

  it('that fill a file whose checksum is known are to be downloaded whole, which verifies it', async () => {
    const coco = publishedModel('glip-t-coco') as PublishedModel;
    const content = trainingCheckpoint([['weight', [5000], new Float32Array(5000)]]);
    server.files[`ranges/${coco.weights.name}`] = { content };
    const plan = await planDownload('glip-t-coco', from('ranges'));
    expect(plan).toMatchObject({ transferBytes: content.length, diskBytes: content.length });
  });

  it.each(['f32', 'f16', 'q8'] as const)(
    "of MMDetection are stored as %s with the original's names and order, as a conversion of the file gives them",
    async (form) => {
      const content = fineTunedFile(mmdetectionForm(fixture('e2e_t/weights')));
      server.files[`mmdetection/${model.weights.name}`] = { content };
      const found = await downloadPublishedWeights(model, { ...from('mmdetection'), weights: form });
      const { file } = await openModel({ weights: content });
      const parts: Uint8Array[] = [];
      for await (const part of toSafetensors(file, { f16: form === 'f16', q8: form === 'q8' }).chunks())
        parts.push(part.slice());
      expect(Buffer.compare(await found.content.read(0, found.size), Buffer.concat(parts))).toBe(0);
    },
  );
});
