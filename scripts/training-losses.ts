import { readFile } from 'node:fs/promises';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { eightPictures, twentyLosses } from '../packages/glip-train/src/testing/eight-pictures.ts';
import { decode } from '../packages/glip-train/src/testing/sharp-decoder.ts';

/** Prints the losses that training has here, as `packages/glip-train/src/testing/eight-pictures.losses.json` holds them. */
export async function main(): Promise<number> {
  using device = await openDevice();
  const folder = new URL('../fixtures/emoji-world/', import.meta.url);
  const dataset = await eightPictures(async (path) => readFile(new URL(path, folder)));
  const linear = await twentyLosses(device, { model: emojiTiny, dataset, decode, trains: 'linear' });
  const all = await twentyLosses(device, { model: emojiTiny, dataset, decode, trains: 'all' });
  console.log(JSON.stringify({ linear, all }, null, 1));
  return 0;
}
