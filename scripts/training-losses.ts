import { readFile, writeFile } from 'node:fs/promises';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { writeAdapter } from '@glip-wgpu/glip-core';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import {
  adapted,
  EIGHT,
  eightPictures,
  twentyLosses,
  twentyStepsOf,
} from '../packages/glip-train/src/testing/eight-pictures.ts';
import { decode } from '../packages/glip-train/src/testing/sharp-decoder.ts';

const STORED = new URL('../packages/glip-train/src/testing/', import.meta.url);

/**
 * Writes what training gives here, and what all platforms are compared with: `eight-pictures.losses.json` and an adapter,
 * `eight-pictures.adapter.safetensors`, with what it finds in the first picture.
 */
export async function main(): Promise<number> {
  using device = await openDevice();
  const folder = new URL('../fixtures/emoji-world/', import.meta.url);
  const dataset = await eightPictures(async (path) => readFile(new URL(path, folder)));
  const run = { model: emojiTiny, dataset, decode };
  const linear = await twentyLosses(device, { ...run, trains: 'linear' });
  const { losses: prompt, adapter } = await twentyStepsOf(device, { ...run, trains: 'prompt' });
  const all = await twentyLosses(device, { ...run, trains: 'all' });
  const image = { channels: 3 as const, ...(await decode(await readFile(new URL(EIGHT[0], folder)))) };
  const found = await adapted(device, emojiTiny, adapter, image);
  await writeFile(new URL('eight-pictures.adapter.safetensors', STORED), writeAdapter(adapter));
  const text = JSON.stringify({ linear, prompt, all, found }, null, 1);
  await writeFile(new URL('eight-pictures.losses.json', STORED), `${text}\n`);
  console.log(text);
  return 0;
}
