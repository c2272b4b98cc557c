import { type ConvertOptions, openCheckpoint, toSafetensors } from '@glip-wgpu/checkpoint';
import { trainingArchive } from '@glip-wgpu/checkpoint/testing';
import { byteSource } from '@glip-wgpu/tensor-wgpu';
import type { ServedFile } from './file-server.ts';

/** 60 MB, of which 15 MB are weights: tables, matrices, and many small vectors between them. */
export const archive = trainingArchive([
  { name: 'embeddings', shape: [3000, 700] },
  ...Array.from({ length: 60 }, (_, i) => ({ name: `layers.${i}.weight`, shape: [120, 220 + i] })),
  ...Array.from({ length: 60 }, (_, i) => ({ name: `layers.${i}.bias`, shape: [120] })),
]);

export const small = trainingArchive([
  { name: 'weight', shape: [300, 200] },
  { name: 'bias', shape: [77] },
]);

/** The safetensors file that a conversion of a whole checkpoint gives. */
export async function converted(bytes: Uint8Array, form: ConvertOptions = {}): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const file = await openCheckpoint(byteSource(bytes));
  for await (const part of toSafetensors(file, form).chunks()) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts);
}

/** Lets the server fall silent after so many bytes. */
export const silentAfter = (bytes: number, file: ServedFile): ServedFile => {
  let left = bytes;
  const sends = (): boolean => {
    left -= 65_536;
    return left > 0;
  };
  return { ...file, sends };
};
