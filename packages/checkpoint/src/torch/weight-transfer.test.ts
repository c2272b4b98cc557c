import { readFileSync } from 'node:fs';
import { byteSource } from '@glip-wgpu/tensor-wgpu';
import { describe, expect, it } from 'vitest';
import { toSafetensors } from '../convert.ts';
import { openCheckpoint } from '../open-checkpoint.ts';
import type { ConvertOptions } from '../stored-form.ts';
import { trainingCheckpoint } from '../testing/pickle-writer.ts';
import { joined } from '../testing/zip-writer.ts';
import { crc32 } from './crc32.ts';
import { contentStart, planWeightTransfer, type WeightStorage } from './weight-transfer.ts';

const folder = new URL('../../../../fixtures/torch/', import.meta.url);
const read = (name: string): Uint8Array =>
  name === 'wide' ? wide() : new Uint8Array(readFileSync(new URL(`${name}.pth`, folder)));

/** A matrix that q8 stores in 8 bits, which is two tensors. */
function wide(): Uint8Array {
  const numbers = Float32Array.from({ length: 120 * 70 }, (_, i) => Math.sin(i * i));
  return trainingCheckpoint([['fc.weight', [120, 70], numbers]]);
}

async function whole(bytes: Uint8Array, options: ConvertOptions): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const converted = toSafetensors(await openCheckpoint(byteSource(bytes)), options);
  for await (const chunk of converted.chunks()) chunks.push(Uint8Array.from(chunk));
  return joined(chunks);
}

function contentOf(archive: Uint8Array, storage: WeightStorage): Uint8Array {
  const head = archive.subarray(storage.start, storage.limit);
  const first = contentStart(head.subarray(0, 30), storage);
  const found = 'needs' in first ? contentStart(head.subarray(0, first.needs), storage) : first;
  if (!('start' in found)) throw new Error('its header has no end');
  return head.subarray(found.start, found.start + storage.size);
}

describe('a transfer of weights', () => {
  it.each(
    ['bare', 'dtypes', 'shapes', 'views', 'training', 'wide'].flatMap((name) => [
      [name, {}] as const,
      [name, { f16: true }] as const,
      [name, { q8: true }] as const,
    ]),
  )(
    'of %s as %j, in runs from the last to the first, writes what a conversion writes',
    async (name, options) => {
      const archive = read(name);
      const { header, size, storages } = await planWeightTransfer(byteSource(archive), options);
      const file = new Uint8Array(size).fill(0xee);
      file.set(header);
      for (const storage of [...storages].reverse()) {
        const content = contentOf(archive, storage);
        if (storage.crc !== 0) expect(crc32(content)).toBe(storage.crc);
        const run = storage.streams ? 16 : content.length;
        for (let from = Math.floor((content.length - 1) / run) * run; from >= 0; from -= run) {
          const to = Math.min(content.length, from + run);
          const placed = storage.convert(from, content.subarray(from, to));
          expect(placed.map(({ position, bytes }) => ({ position, size: bytes.length }))).toEqual(
            storage.places(from, to).map(({ position, size: length }) => ({ position, size: length })),
          );
          for (const { position, bytes } of placed) file.set(bytes, position);
        }
      }
      expect(file).toEqual(await whole(archive, options));
    },
  );

  it('has another identity for other content and for another form', async () => {
    const archive = read('training');
    const first = await planWeightTransfer(byteSource(archive));
    expect(first.hasChecksums).toBe(true);
    expect((await planWeightTransfer(byteSource(archive))).identity).toBe(first.identity);
    expect((await planWeightTransfer(byteSource(archive), { f16: true })).identity).not.toBe(first.identity);
    expect((await planWeightTransfer(byteSource(read('bare')))).identity).not.toBe(first.identity);
  });

  it('reads nothing of the optimizer, and no weight', async () => {
    const archive = byteSource(read('training'));
    const seen: [number, number][] = [];
    const { storages } = await planWeightTransfer({
      size: archive.size,
      read: (start, end) => {
        seen.push([start, end]);
        return archive.read(start, end);
      },
    });
    for (const { start, limit } of storages) {
      expect(seen.filter(([from, to]) => from < limit && to > start)).toEqual([]);
    }
  });
});
