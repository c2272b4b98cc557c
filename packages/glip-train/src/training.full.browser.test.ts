import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { readAdapter, writeAdapter } from '@glip-wgpu/glip-core';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainingDataset } from './data/batch-options.ts';
import expected from './testing/eight-pictures.losses.json';
import {
  adapted,
  agree,
  EIGHT,
  eightPictures,
  falls,
  largestDifference,
  TOLERANCE,
  twentyLosses,
  twentyStepsOf,
} from './testing/eight-pictures.ts';
import { fetched } from './testing/fetched.ts';

// `npm run test:full -- browser`; training.browser.test.ts has what takes less.

const folder = new URL('/fixtures/emoji-world/', location.href);
const worker = { workers: 1, workerUrl: new URL('./data/batch-worker.ts', import.meta.url) };
const device = await openDevice();
let dataset: TrainingDataset;
beforeAll(async () => {
  dataset = await eightPictures((path) => fetched(new URL(path, folder)));
});
afterAll(() => device.dispose());

describe('twenty steps in a browser', () => {
  it('have the losses of Node where the whole model is trained', async () => {
    const losses = await twentyLosses(device, { model: emojiTiny, dataset, ...worker, trains: 'all' });
    expect(largestDifference(losses, expected.all)).toBeLessThan(TOLERANCE);
    expect(falls(losses)).toBe(true);
  });

  it('have the losses of Node where prompts are tuned; Node’s adapter and its own find in a picture what they found there', async () => {
    const run = { model: emojiTiny, dataset, ...worker, trains: 'prompt' } as const;
    const { losses, adapter } = await twentyStepsOf(device, run);
    expect(largestDifference(losses, expected.prompt)).toBeLessThan(TOLERANCE);
    const stored = await fetched(new URL('./testing/eight-pictures.adapter.safetensors', import.meta.url));
    const image = await (await fetch(new URL(EIGHT[0], folder))).blob();
    for (const bytes of [stored, writeAdapter(adapter)]) {
      expect(agree(await adapted(device, emojiTiny, await readAdapter(bytes), image), expected.found)).toBe(
        true,
      );
    }
  });
});
