import { memoryFiles } from '@glip-wgpu/datasets';
import { expect, it } from 'vitest';
import { config, pictures, tokenizer } from '../testing/raw-pictures.ts';
import { openBatches } from './open-batches.ts';
import type { TrainingBatch } from './training-batch.ts';

const specs = Array.from({ length: 6 }, (_, i) => ({
  size: [48, 32] as const,
  boxes: [{ category: i % 2 ? 'dog' : 'cat', box: [2, 3, 20, 25] as const }],
}));

/** A PNG with random pixels. */
async function png(width: number, height: number, shade: number): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      context.fillStyle = `rgb(${(x * 5) % 256} ${(y * 7) % 256} ${shade * 20})`;
      context.fillRect(x, y, 1, 1);
    }
  }
  return new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
}

it('a browser decodes pictures in workers, to the same batches as on the main thread', async () => {
  const { images } = pictures(specs);
  const files = memoryFiles(
    Object.fromEntries(
      await Promise.all(
        images.map(async ({ path, width, height }, i) => [path, await png(width, height, i)] as const),
      ),
    ),
  );
  const open = async (workers: number): Promise<TrainingBatch[]> => {
    const categories = ['dog', 'cat'].map((name, id) => ({ id, name }));
    using source = await openBatches({
      datasets: [{ images, files, categories }],
      config,
      tokenizer,
      seed: 1,
      batch: 3,
      workers,
      workerUrl: new URL('./batch-worker.ts', import.meta.url),
    });
    const found: TrainingBatch[] = [];
    for await (const batch of source.batches(0)) if (found.push(batch) === 4) break;
    expect(source.leftOut).toEqual([]);
    return found;
  };
  const expected = await open(0);
  expect(expected[0].parts[0].shape).toEqual([3, 32, 64, 4]);
  expect(await open(1)).toEqual(expected);
  expect(await open(2)).toEqual(expected);
});
