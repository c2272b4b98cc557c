import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { byteSource, openDevice } from '@glip-wgpu/tensor-wgpu';
import { afterAll, describe, expect, it } from 'vitest';
import expected from './testing/eight-pictures.losses.json';
import {
  eightPicturesTrainer,
  falls,
  largestDifference,
  loadTrainable,
  lossesUntil,
  TOLERANCE,
  twentyLosses,
  twentySteps,
} from './testing/eight-pictures.ts';
import { fetchedEightPictures, IN_WORKER } from './testing/in-browser.ts';
import type { Trainer } from './trainer/trainer.ts';

// The stored losses are those of Node, where sharp decodes the pictures. Here Chromium decodes them, in a worker.
// training.full.browser.test.ts trains the whole model and tunes prompts, which takes minutes; the playground's tests tune prompts, too.

const device = await openDevice();
const dataset = await fetchedEightPictures();
afterAll(() => device.dispose());

/** Calls `use` with a trainer of the run of the stored losses. */
async function withTrainer<T>(use: (trainer: Trainer) => Promise<T>): Promise<T> {
  const model = await loadTrainable(device, emojiTiny);
  try {
    using trainer = eightPicturesTrainer(twentySteps(model, { dataset, ...IN_WORKER, trains: 'linear' }));
    return await use(trainer);
  } finally {
    model.parameters.dispose();
  }
}

async function collect(parts: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  const copies: Uint8Array<ArrayBuffer>[] = [];
  for await (const part of parts) copies.push(part.slice());
  return new Blob(copies).bytes();
}

describe('twenty steps in a browser', () => {
  it('have the losses of Node where linear probing trains, and report what is compiled', async () => {
    const progress: { readonly done: number; readonly total: number }[] = [];
    const stop = device.onCompile((one) => progress.push(one));
    const losses = await twentyLosses(device, { model: emojiTiny, dataset, ...IN_WORKER, trains: 'linear' });
    stop();
    expect(largestDifference(losses, expected.linear)).toBeLessThan(TOLERANCE);
    expect(falls(losses)).toBe(true);
    expect(progress.length).toBeGreaterThan(50);
    expect(progress.every(({ done, total }) => done >= 1 && done <= total)).toBe(true);
    expect(progress.at(-1)?.done).toBe(progress.at(-1)?.total);
  });
});

describe('a run in a browser', () => {
  it('pauses while its events are not read, and continues bit for bit from a checkpoint in the private file system', async () => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle('eight-pictures.safetensors', { create: true });

    const { losses, weights } = await withTrainer(async (trainer) => {
      const first = await lossesUntil(trainer, 3);
      const writable = await handle.createWritable();
      for await (const part of trainer.checkpoint()) await writable.write(part);
      await writable.close();

      const rest: number[] = [];
      const stop = new AbortController();
      for await (const event of trainer.run({ signal: stop.signal })) {
        if (event.kind !== 'step') continue;
        rest.push(event.loss);
        if (event.step === 4) {
          const { step } = trainer;
          await new Promise((resolve) => setTimeout(resolve, 500));
          expect(trainer.step).toBe(step);
          stop.abort();
        }
      }
      return { losses: [...first, ...rest], weights: await collect(trainer.checkpoint()) };
    });
    expect(losses).toHaveLength(5);

    await withTrainer(async (trainer) => {
      await trainer.restore(byteSource(await handle.getFile()));
      expect(trainer.step).toBe(3);
      expect(await lossesUntil(trainer, 5)).toEqual(losses.slice(3));
      const restored = await collect(trainer.checkpoint());
      expect(restored.length).toBe(weights.length);
      expect(restored.every((byte, i) => byte === weights[i])).toBe(true);
    });
    await root.removeEntry('eight-pictures.safetensors');
  });
});
