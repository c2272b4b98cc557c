import { readFile } from 'node:fs/promises';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { readAdapter } from '@glip-wgpu/glip-core';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { afterAll, expect, it } from 'vitest';
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
} from './testing/eight-pictures.ts';
import { decode } from './testing/sharp-decoder.ts';

// The twin of training.browser.test.ts. `npm run training-losses` prints the stored losses anew.

const folder = new URL('../../../fixtures/emoji-world/', import.meta.url);
const dataset = await eightPictures(async (path) => readFile(new URL(path, folder)));
const device = await openDevice();
afterAll(() => device.dispose());

it('the eight pictures have boxes and fit one prompt', () => {
  expect(dataset.images.map(({ path }) => path)).toEqual(EIGHT);
  expect(dataset.images.every(({ annotations }) => annotations.length > 1)).toBe(true);
  expect(dataset.categories).toHaveLength(20);
});

it.each(['linear', 'prompt', 'all'] as const)(
  'twenty steps on eight pictures have the stored losses: %s',
  async (trains) => {
    const losses = await twentyLosses(device, { model: emojiTiny, dataset, decode, trains });
    expect(largestDifference(losses, expected[trains])).toBeLessThan(TOLERANCE);
    expect(falls(losses)).toBe(true);
  },
);

it('the stored adapter, made by prompt tuning, finds what it found where it was made', async () => {
  const file = await readFile(new URL('testing/eight-pictures.adapter.safetensors', import.meta.url));
  const image = { channels: 3 as const, ...(await decode(await readFile(new URL(EIGHT[0], folder)))) };
  const found = await adapted(device, emojiTiny, await readAdapter(file), image);
  expect(agree(found, expected.found)).toBe(true);
});
