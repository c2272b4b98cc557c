import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { readAdapter, writeAdapter } from '@glip-wgpu/glip-core';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { afterAll, describe, expect, it } from 'vitest';
import expected from './testing/eight-pictures.losses.json';
import {
  adapted,
  agree,
  EIGHT,
  falls,
  largestDifference,
  TOLERANCE,
  twentyLosses,
  twentyStepsOf,
} from './testing/eight-pictures.ts';
import { fetched } from './testing/fetched.ts';
import { EMOJI_WORLD, fetchedEightPictures, IN_WORKER } from './testing/in-browser.ts';

// `npm run test:full -- browser`; training.browser.test.ts has what takes less.

const device = await openDevice();
const dataset = await fetchedEightPictures();
afterAll(() => device.dispose());

describe('twenty steps in a browser', () => {
  it('have the losses of Node where the whole model is trained', async () => {
    const losses = await twentyLosses(device, { model: emojiTiny, dataset, ...IN_WORKER, trains: 'all' });
    expect(largestDifference(losses, expected.all)).toBeLessThan(TOLERANCE);
    expect(falls(losses)).toBe(true);
  });

  it('have the losses of Node where prompts are tuned; Node’s adapter and its own find in a picture what they found there', async () => {
    const run = { model: emojiTiny, dataset, ...IN_WORKER, trains: 'prompt' } as const;
    const { losses, adapter } = await twentyStepsOf(device, run);
    expect(largestDifference(losses, expected.prompt)).toBeLessThan(TOLERANCE);
    const stored = await fetched(new URL('./testing/eight-pictures.adapter.safetensors', import.meta.url));
    const image = await (await fetch(new URL(EIGHT[0], EMOJI_WORLD))).blob();
    for (const bytes of [stored, writeAdapter(adapter)]) {
      expect(agree(await adapted(device, emojiTiny, await readAdapter(bytes), image), expected.found)).toBe(
        true,
      );
    }
  });
});
