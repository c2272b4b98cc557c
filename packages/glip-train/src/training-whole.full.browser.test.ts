import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { expect, it } from 'vitest';
import expected from './testing/eight-pictures.losses.json';
import {
  eightPictures,
  falls,
  largestDifference,
  TOLERANCE,
  twentyLosses,
} from './testing/eight-pictures.ts';
import { fetched } from './testing/fetched.ts';

// `npm run test:full -- browser`; training.browser.test.ts has what takes less.

it('twenty steps of the whole model in a browser have the losses of Node', async () => {
  using device = await openDevice();
  const folder = new URL('/fixtures/emoji-world/', location.href);
  const dataset = await eightPictures((path) => fetched(new URL(path, folder)));
  const workerUrl = new URL('./data/batch-worker.ts', import.meta.url);
  const run = { model: emojiTiny, dataset, workers: 1, workerUrl, trains: 'all' } as const;
  const losses = await twentyLosses(device, run);
  expect(largestDifference(losses, expected.all)).toBeLessThan(TOLERANCE);
  expect(falls(losses)).toBe(true);
});
