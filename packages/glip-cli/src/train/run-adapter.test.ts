import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Glip, type RawImage, readAdapter } from '@glip-wgpu/glip-core';
import { PROMPT_ROWS } from '@glip-wgpu/glip-core/network';
import type { TrainedPart } from '@glip-wgpu/glip-train';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decoderModule, tinyRun, writeTinyDataset, writeTinyModel } from '../testing/tiny-run.ts';
import type { RunConfig } from './run-config.ts';
import { RunFolder } from './run-folder.ts';
import { trainRun } from './train-run.ts';
import { openRunData } from './training-data.ts';

const root = mkdtempSync(join(tmpdir(), 'glip-run-adapter-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const NAMES = ['blue square', 'red square'];
const IMAGE: RawImage = {
  ...{ width: 64, height: 64, channels: 3 },
  data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 37) % 251),
};

let model: string;
let folder: string;
beforeAll(async () => {
  model = await writeTinyModel(join(root, 'tiny'));
  folder = await writeTinyDataset(join(root, 'squares'), { train: 4, val: 2 });
});

function configOf(trains: TrainedPart, changed: Partial<RunConfig> = {}): RunConfig {
  const run = tinyRun(model, folder, { phase: { name: trains, steps: 4, trains, learningRate: 1e-2 } });
  const batches = { ...run.batches, sizes: [96], maxSize: 96 };
  return { ...run, batches, averageDecay: 0.5, regularization: false, evaluateEvery: 0, ...changed };
}

async function train(name: string, config: RunConfig, stopAfter?: number): Promise<RunFolder> {
  const run = new RunFolder(join(root, name));
  await run.writeConfig(config);
  const stop = new AbortController();
  await trainRun(run, config, {
    data: await openRunData(config),
    signal: stop.signal,
    openDevice: () => openDevice(),
    decoder: decoderModule,
    reporter: {
      started() {},
      event: (event) => void (event.kind === 'step' && event.step === stopAfter && stop.abort()),
      leftOut() {},
    },
  });
  return run;
}

/** Probabilities of all tokens at all locations: weights that have learned little detect nothing. */
const scores = async (glip: Glip): Promise<string> =>
  JSON.stringify((await glip.ground(IMAGE, { categories: NAMES }, { explain: true })).scoreMaps);

describe('a run that trains a part', () => {
  it('writes an adapter whose detections on the base are those of its own model; resumed, the same bytes', async () => {
    const run = await train('both', configOf('prompt+linear'));
    const adapter = await readAdapter(run.file('checkpoints/best/adapter.safetensors'));
    expect(adapter).toMatchObject({
      base: { name: 'tiny' },
      mode: 'prompt+linear',
      prompt: { categories: NAMES },
      text: 'blue square. red square',
      image: { minSize: 96, maxSize: 96 },
      metrics: { 'val AP50': expect.any(Number) },
    });
    expect(adapter.parameters.has(PROMPT_ROWS)).toBe(true);
    expect(adapter.parameters.size).toBe(10);
    using device = await openDevice();
    const base = await Glip.load(model, { device, adapter });
    const own = await Glip.load(run.file('checkpoints/best'), { device });
    expect(await scores(base)).toBe(await scores(own));
    expect(await scores(base)).not.toBe(await scores(await Glip.load(model, { device })));

    await train('both, resumed', configOf('prompt+linear'), 2);
    const resumed = await train('both, resumed', configOf('prompt+linear'));
    expect(await readAdapter(resumed.file('checkpoints/best/adapter.safetensors'))).toEqual(adapter);
  });

  it('of the layers after the tower has no rows, and belongs to the same base', async () => {
    const run = await train('linear', configOf('linear', { evaluations: [] }));
    const { base, mode, parameters } = await readAdapter(run.file('checkpoints/last/adapter.safetensors'));
    expect({ mode, rows: parameters.has(PROMPT_ROWS), count: parameters.size }).toEqual({
      ...{ mode: 'linear', rows: false, count: 9 },
    });
    using glip = await Glip.load(model);
    expect(base.fingerprint).toBe(await glip.fingerprint());
  });
});

describe('prompt tuning', () => {
  it('refuses prompts that differ from picture to picture', async () => {
    const config = configOf('prompt');
    const sampled = { ...config, batches: { ...config.batches, prompts: {} } };
    await expect(train('sampled', sampled)).rejects.toThrow(
      /needs one text for all pictures, "blue square. red square", and .* has ".*": set batches.prompts/,
    );
  });
});
