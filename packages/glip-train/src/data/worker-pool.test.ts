import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { bitsOf } from '../testing/bits-of.ts';
import { bundled } from '../testing/built-worker.ts';
import {
  config,
  datasetOf,
  decodeRaw,
  type PictureSpec,
  rawPicture,
  tokenizer,
} from '../testing/raw-pictures.ts';
import type { BatchOptions } from './batch-options.ts';
import { DataError } from './data-error.ts';
import { openBatches } from './open-batches.ts';
import type { BatchSource, TrainingBatch } from './training-batch.ts';

const NAMES = ['dog', 'cat', 'bird'];
const specs = Array.from(
  { length: 12 },
  (_, i): PictureSpec => ({
    size: i % 2 ? [32, 64] : [48, 32],
    boxes: [{ category: NAMES[i % 3], box: [2, 3, 20, 25] }],
  }),
);

const folder = mkdtempSync(join(tmpdir(), 'glip-decoder-'));

/** A module that exports `decode`. @param first  statements at its begin, with `bytes` in view */
function decoderModule(name: string, first = ''): URL {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `import { existsSync, writeFileSync } from 'node:fs';
     export async function decode(bytes) {
       ${first}
       if (bytes.length < 4) throw new Error('the picture is cut off');
       const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
       return { data: bytes.subarray(4), width: view.getUint16(0), height: view.getUint16(2) };
     }`,
  );
  return pathToFileURL(file);
}

let workerUrl: URL;
beforeAll(async () => {
  workerUrl = await bundled('data/batch-worker.ts');
});

const options = (changes: Partial<BatchOptions>): BatchOptions => ({
  datasets: [datasetOf(specs, NAMES)],
  config,
  tokenizer,
  seed: 3,
  batch: 4,
  augment: { zoom: [0.8, 1.2], rotate: 5 },
  workerUrl,
  ...changes,
});

async function take(source: BatchSource, first: number, count: number): Promise<TrainingBatch[]> {
  const found: TrainingBatch[] = [];
  for await (const batch of source.batches(first)) {
    found.push(batch);
    if (found.length === count) break;
  }
  return found;
}

async function open(changes: Partial<BatchOptions>, count = 6): Promise<TrainingBatch[]> {
  using source = await openBatches(options(changes));
  return await take(source, 0, count);
}

describe('batches from workers', () => {
  it('are those made on the main thread, bit for bit, with any number of workers', async () => {
    const expected = bitsOf(await open({ decode: decodeRaw, workers: 0 }));
    const decoder = decoderModule('plain');
    expect(bitsOf(await open({ decoder, workers: 0 }))).toEqual(expected);
    expect(bitsOf(await open({ decoder, workers: 1 }))).toEqual(expected);
    expect(bitsOf(await open({ decoder, workers: 3, prefetch: 5 }))).toEqual(expected);
    expect(bitsOf(await open({ decoder, workers: 2, prefetch: 0 }))).toEqual(expected);
  });

  it('replace pictures that cannot be decoded, as on the main thread', async () => {
    const broken = (): Partial<BatchOptions> => {
      const data = datasetOf(specs, NAMES);
      const bytes: typeof data.files.bytes = async (path) =>
        path === '5.raw' ? new Uint8Array(2) : data.files.bytes(path);
      return { datasets: [{ ...data, files: { ...data.files, bytes } }] };
    };
    using source = await openBatches(options({ ...broken(), decoder: decoderModule('plain'), workers: 2 }));
    const batches = await take(source, 0, 6);
    expect(source.leftOut).toEqual([{ path: '5.raw', reason: 'the picture is cut off' }]);
    expect(bitsOf(batches)).toEqual(bitsOf(await open({ ...broken(), decode: decodeRaw, workers: 0 })));
  });
});

describe('a worker that ends', () => {
  it('is started again, and its batch is made again', async () => {
    const flag = join(folder, 'ended');
    const once = `if (!existsSync(${JSON.stringify(flag)})) { writeFileSync(${JSON.stringify(flag)}, ''); process.exit(3); }`;
    using source = await openBatches(options({ decoder: decoderModule('once', once), workers: 2 }));
    const batches = await take(source, 0, 6);
    expect(bitsOf(batches)).toEqual(bitsOf(await open({ decode: decodeRaw, workers: 0 })));
    expect(source.leftOut).toEqual([]);
  });

  it('at one picture leaves that out', async () => {
    const size = rawPicture(50, 32).length;
    const data = [...specs.slice(0, 11), { ...specs[0], size: [50, 32] as const }];
    const decoder = decoderModule('poison', `if (bytes.length === ${size}) process.exit(4);`);
    using source = await openBatches(options({ datasets: [datasetOf(data, NAMES)], decoder, workers: 1 }));
    const paths = (await take(source, 0, 6)).flatMap(({ parts }) => parts[0].samples.map(({ path }) => path));
    expect(paths).not.toContain('11.raw');
    expect(source.leftOut).toEqual([{ path: '11.raw', reason: 'the decoder crashed on it, or did not end' }]);
  });

  it('for good ends the batches with an error', async () => {
    const decoder = decoderModule('twice', 'process.exit(5);');
    using source = await openBatches(options({ decoder, workers: 1 }));
    await expect(take(source, 0, 1)).rejects.toThrow(
      /pictures cannot be read any more, .* the decoder crashed/,
    );
  });
});

describe('what cannot be started', () => {
  it.each([
    [
      'a module that is missing',
      { decoder: new URL('missing.mjs', pathToFileURL(`${folder}/`)) },
      /decoder cannot be used: .*missing\.mjs/,
    ],
    [
      'a worker that is missing',
      { decoder: 'x', workerUrl: pathToFileURL('/nowhere/x.mjs') },
      /worker cannot be started: .*nowhere/,
    ],
    ['no decoder', {}, /decoder cannot be used: pictures are decoded by browsers only/],
  ])('(%s) is an error at once', async (_, changes, message) => {
    for (const workers of 'workerUrl' in changes ? [2] : [0, 2]) {
      const opening = openBatches(options({ ...changes, workers }));
      await expect(opening).rejects.toThrow(DataError);
      await expect(openBatches(options({ ...changes, workers }))).rejects.toThrow(message);
    }
  });

  it('a function for workers, or two decoders, are refused', async () => {
    await expect(openBatches(options({ decode: decodeRaw, workers: 1 }))).rejects.toThrow('workers are 1');
    await expect(openBatches(options({ decode: decodeRaw, decoder: 'x' }))).rejects.toThrow(
      'give one of them',
    );
  });

  it('a module without the function is refused', async () => {
    const file = join(folder, 'empty.mjs');
    writeFileSync(file, 'export const other = 1;');
    await expect(openBatches(options({ decoder: pathToFileURL(file), workers: 1 }))).rejects.toThrow(
      'exports no function `decode`',
    );
  });
});

it('disposal ends what is being made', async () => {
  const source = await openBatches(
    options({ decoder: decoderModule('slow', 'await new Promise((r) => setTimeout(r, 1e5));'), workers: 2 }),
  );
  const taking = take(source, 0, 1);
  setTimeout(() => source[Symbol.dispose](), 100);
  await expect(taking).rejects.toThrow('batches were disposed');
  await expect(take(source, 0, 1)).rejects.toThrow('batches were disposed');
});
