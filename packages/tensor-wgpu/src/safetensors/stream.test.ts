import { expect, it } from 'vitest';
import { parseSafetensors } from './safetensors.ts';
import { collect, type StoredTensor, streamSafetensors } from './stream.ts';

const MEGABYTE = 2 ** 20;

/** Tensors of u8 that count how many of them are being read. */
function counted(lengths: Readonly<Record<string, number>>) {
  const reads: string[][] = [];
  let running: string[] = [];
  const tensors = Object.entries(lengths).map(([name, length]): [string, StoredTensor] => [
    name,
    {
      dtype: 'U8',
      shape: [length],
      async read() {
        if (running.length === 0) reads.push(running);
        running.push(name);
        await new Promise((resolve) => setTimeout(resolve));
        running = [];
        return new Uint8Array(length).fill(name.charCodeAt(0));
      },
    },
  ]);
  return { tensors, reads };
}

it('reads tensors of up to 8 MiB together, and a larger one alone; each is written, empty ones too', async () => {
  const lengths = { a: 0, b: 3 * MEGABYTE, c: 5 * MEGABYTE, d: 1, e: 9 * MEGABYTE, f: 0, g: 7 };
  const { tensors, reads } = counted(lengths);
  const file = parseSafetensors(await collect(streamSafetensors(tensors)));
  expect(reads).toEqual([['a', 'b', 'c'], ['d'], ['e'], ['f', 'g']]);
  for (const [name, length] of Object.entries(lengths)) {
    expect(Buffer.alloc(length, name).equals(file.bytes(name)), name).toBe(true);
  }
});

it('rejects with the first error of tensors that are read together, and leaves none unhandled', async () => {
  const { tensors } = counted({ a: 1, b: 2 });
  const failing = tensors.map(([name, tensor]): [string, StoredTensor] => [
    name,
    { ...tensor, read: () => Promise.reject(new Error(name)) },
  ]);
  await expect(collect(streamSafetensors(failing))).rejects.toThrow('a');
});

it('names a tensor whose data has another size than its shape', async () => {
  const short: StoredTensor = { dtype: 'F32', shape: [2], read: () => new Float32Array(1) };
  await expect(collect(streamSafetensors([['w', short]]))).rejects.toMatchObject({
    code: 'size',
    message: 'safetensors: w is [2] of F32, 8 bytes, but its data has 4',
  });
});
