import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDataset, openDataset } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GenerateOptions, generate, type PartMaker } from './generate.ts';
import { lockText } from './icon-sets.ts';
import { HELD_OUT_PAIRS, NOUNS } from './nouns.ts';
import { makePart, partsOf } from './parts.ts';
import { processes } from './processes.ts';
import type { World } from './scene.ts';
import { testWorld, writeDrawings } from './testing/world.ts';

const COUNTS = { train: 210, val: 6, style: 4, combo: 5 };

const world: World = { ...testWorld(), size: 64 };
const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'emoji-world-'));

let folder: string;
beforeEach(async () => {
  folder = await newFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Makes parts here, and stops with an error before the one of this number. */
function here(stop = Number.POSITIVE_INFINITY): PartMaker {
  return {
    async makeParts(parts, partsFolder, done) {
      for (const [i, part] of parts.entries()) {
        if (i === stop) throw new Error('stopped');
        await makePart(world, partsFolder, part);
        done(part);
      }
    },
  };
}

async function options(name: string, counts = COUNTS, parent = folder): Promise<GenerateOptions> {
  return { out: join(parent, name), counts, lock: await lockText(), progress: () => {} };
}

const readJson = async (...path: string[]) => JSON.parse(await readFile(join(...path), 'utf8'));

// A data set that tests read.
let shared: string;
let whole: string;
beforeAll(async () => {
  shared = await newFolder();
  whole = join(shared, 'whole');
  expect(await generate(world, here(), await options('whole', COUNTS, shared))).toBe(true);
});
afterAll(() => rm(shared, { recursive: true, force: true }));

describe('a data set', () => {
  it('opens with openDataset, without faults', async () => {
    const dataset = await openDataset(nodeFiles(whole));
    expect((await checkDataset(dataset)).faults).toEqual([]);
    const splits = [...dataset.splits].map(([split, images]) => [split, images.length]);
    expect(splits.sort()).toEqual([
      ['train', 210],
      ['val', 6],
      ['zeroshot', 9],
    ]);
    expect(dataset.categories.map(({ name }) => name)).toEqual(NOUNS.map(({ name }) => name));
    for (const { caption, annotations } of dataset.splits.get('train') ?? [])
      for (const { category, spans } of annotations)
        for (const [begin, end] of spans) {
          const noun = NOUNS.find(({ name }) => name === category);
          const words = caption?.slice(begin, end) ?? '';
          expect(words.endsWith(category) || words.endsWith(noun?.plural ?? '?')).toBe(true);
        }
  });

  it('has the pictures where the index of the archive says', async () => {
    const index = await readJson(whole, 'train.index.json');
    const tar = await readFile(join(whole, 'train.tar'));
    expect(Object.keys(index)).toHaveLength(210);
    for (const file of ['000001.jpg', '000201.jpg', '000210.jpg']) {
      const [begin, length] = index[file];
      const { width, height, format } = await sharp(tar.subarray(begin, begin + length)).metadata();
      expect([width, height, format]).toEqual([64, 64, 'jpeg']);
    }
  });

  it('says what is held out, in the format of the reference data', async () => {
    const { info, images, annotations, categories } = await readJson(whole, 'zeroshot.json');
    expect(info.held_out_combinations).toEqual(HELD_OUT_PAIRS);
    expect(info.held_out_combinations).toHaveLength(34);
    expect(images.map(({ subset }: { subset: string }) => subset).join()).toBe(
      [...Array(4).fill('style'), ...Array(5).fill('combo')].join(),
    );
    const [one] = annotations;
    expect(one.renderer).toBe('twemoji');
    expect(Object.keys(one)).toEqual(
      expect.arrayContaining([
        'bbox',
        'area',
        'iscrowd',
        'colour',
        'tokens_positive',
        'rotation_deg',
        'mirrored',
      ]),
    );
    expect(categories[0]).toMatchObject({ id: 1, name: 'dog', hexcode: '1f415', tintable: true });
    expect(categories[0].train_renderers).toEqual(['noto', 'openmoji']);
    const { sources } = await readJson(whole, 'manifest.json');
    const readme = await readFile(join(whole, 'README.md'), 'utf8');
    for (const { author, license } of sources) expect(readme).toContain(`| ${author} | ${license} |`);
    expect(readme).toContain('CC BY-SA');
  });

  it('has the same bytes when the run was stopped and gone on with, in several processes', async () => {
    await expect(generate(world, here(1), await options('pieces'))).rejects.toThrow('stopped');
    expect(await readdir(join(folder, 'pieces'))).toEqual(['.parts']);
    const drawings = join(folder, 'drawings');
    await writeDrawings(drawings);
    const { drawings: _, ...settings } = world;
    const made: number[] = [];
    const more = { ...(await options('pieces')), progress: (done: number) => void made.push(done) };
    expect(await generate(world, processes(2, { world: settings, drawings }), more)).toBe(true);
    expect(made[0]).toBe(200); // those of the first run are kept
    expect(made.at(-1)).toBe(225);
    const pieces = join(folder, 'pieces');
    expect((await readJson(pieces, 'manifest.json')).files).toEqual(
      (await readJson(whole, 'manifest.json')).files,
    );
    expect((await readdir(pieces)).sort()).toEqual((await readdir(whole)).sort());
  });

  it('is left as it is when it is complete, and never mixed with another', async () => {
    const counts = { train: 3, val: 0, style: 0, combo: 0 };
    await generate(world, here(), await options('a', counts));
    expect(await generate(world, here(0), await options('a', counts))).toBe(false);
    await expect(generate({ ...world, seed: 2 }, here(), await options('a', counts))).rejects.toThrow(
      /other settings \(seed: 1, not 2\)/,
    );
    await expect(generate(world, here(0), await options('b'))).rejects.toThrow('stopped');
    await expect(generate({ ...world, size: 80 }, here(), await options('b'))).rejects.toThrow(
      /size: 64, not 80/,
    );
    await writeFile(join(folder, 'thesis.txt'), '');
    await expect(generate(world, here(), { ...(await options('a')), out: folder })).rejects.toThrow(
      /other files/,
    );
  });

  it('begins with the scenes of a smaller one', async () => {
    await generate(world, here(), await options('small', { train: 3, val: 0, style: 0, combo: 0 }));
    await generate(world, here(), await options('large', { train: 5, val: 0, style: 0, combo: 0 }));
    const [small, large] = await Promise.all(
      ['small', 'large'].map((name) => readFile(join(folder, name, 'train.tar'))),
    );
    const end = small.length - 1024; // without the archive's end
    expect(large.subarray(0, end).equals(small.subarray(0, end))).toBe(true);
  });
});

describe('partsOf', () => {
  it('covers all scenes once', () => {
    expect(partsOf('val', 0)).toEqual([]);
    expect(partsOf('val', 450).map(({ begin, end }) => [begin, end])).toEqual([
      [0, 200],
      [200, 400],
      [400, 450],
    ]);
  });
});
