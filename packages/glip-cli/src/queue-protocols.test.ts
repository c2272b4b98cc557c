import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ODINW_13, odinwFiles } from '@glip-wgpu/datasets';
import { queuePlace, queueStatus } from '@glip-wgpu/glip-queue';
import { type RedisServer, startRedis } from '@glip-wgpu/glip-queue/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runGlip } from './testing/run-glip.ts';
import { runHere } from './testing/run-here.ts';

const scene = new URL('../../../examples/scene.jpg', import.meta.url).pathname;
const root = mkdtempSync(join(tmpdir(), 'glip-queue-protocols-'));
let redis: RedisServer;
let picture: Buffer;
/** Boxes that the model finds for "dog" in the picture. */
let dogs: readonly number[][] = [];

beforeAll(async () => {
  redis = await startRedis();
  picture = await sharp(scene).resize(160).jpeg().toBuffer();
  write('dogs.jpg', picture);
  const { out } = await runHere(['detect', join(root, 'dogs.jpg'), '--caption', 'dog', '--json', '--quiet']);
  dogs = (JSON.parse(out).detections as { box: number[] }[]).map(({ box }) => box);
  expect(dogs.length).toBeGreaterThan(0);
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

/** Writes a file of a benchmark, as JSON unless it is text or bytes. */
function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  const whole = typeof content === 'string' || Buffer.isBuffer(content);
  writeFileSync(join(root, path), whole ? content : JSON.stringify(content));
}

/** Annotations of the dogs, moved by some pixels. */
function annotations(image_id: number, category_id: number, by = 0) {
  return dogs.map(([x1, y1, x2, y2], i) => {
    const bbox = [x1 + by, y1, x2 - x1 + 1, y2 - y1 + 1];
    return { id: 100 * image_id + i, image_id, category_id, bbox, area: bbox[2] * bbox[3], iscrowd: 0 };
  });
}

/** Figures as JSON of one process, of the command that fills a queue, and of `glip merge`; and exit codes. */
async function threeWays(name: string, args: readonly string[]) {
  const evaluate = ['evaluate', '--protocol', name, '--data', join(root, name), ...args, '--json', '--quiet'];
  const alone = await runHere(evaluate);
  const shards = ['--shards', join(root, `shards-${name}`)];
  const queue = ['--queue', redis.url, '--queue-name', name];
  const producer = runGlip([...evaluate, ...queue, ...shards, '--shard-size', '1']);
  const place = queuePlace(redis.url, { name });
  let planned = 0;
  while (planned === 0) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    planned = (await queueStatus(place)).waiting;
  }
  const worker = await runGlip(['worker', ...queue, '--until-done']);
  expect([worker.code, worker.err]).toEqual([0, expect.stringContaining('1 pictures in')]);
  const filled = await producer;
  const merged = await runHere(['merge', ...shards, '--json']);
  return { alone, filled, merged };
}

describe('glip evaluate --protocol --queue, and glip merge, print the figures of one process', () => {
  it('of COCO, with a picture that cannot be read and one that is listed twice', async () => {
    for (const name of ['a', 'b']) write(`coco/val2017/${name}.jpg`, picture);
    write('coco/val2017/broken.jpg', 'no picture');
    write('coco/annotations/instances_val2017.json', {
      images: ['a', 'broken', 'b', 'a', 'missing'].map((name, i) => ({
        id: 9 - i,
        file_name: `${name}.jpg`,
      })),
      annotations: [...annotations(9, 18), ...annotations(7, 18, 4), ...annotations(6, 44)],
      categories: [
        { id: 18, name: 'dog' },
        { id: 44, name: 'green car' },
      ],
    });
    const { alone, filled, merged } = await threeWays('coco', []);
    expect([alone.code, filled.code, merged.code]).toEqual([1, 1, 1]);
    const { dataSets, unreadable } = JSON.parse(alone.out);
    expect(dataSets[0]).toMatchObject({ images: 3, figures: { AP: expect.any(Number) } });
    expect(unreadable).toHaveLength(2);
    expect(filled.out).toBe(alone.out);
    expect(merged.out).toBe(alone.out);
  });

  it('of LVIS, with fixed AP over several prompts', async () => {
    const categories = Array.from({ length: 45 }, (_, i) => ({
      id: i + 1,
      name: `thing_${i + 1}`,
      frequency: 'c',
    }));
    categories[43] = { id: 44, name: 'dog', frequency: 'r' };
    const judged = { neg_category_ids: [2], not_exhaustive_category_ids: [] };
    for (const id of [7, 8]) write(`lvis/val2017/${id}.jpg`, picture);
    write('lvis/lvis_v1_val.json', {
      images: [7, 8].map((id) => ({ id, coco_url: `http://x/val2017/${id}.jpg`, ...judged })),
      annotations: [...annotations(7, 44), ...annotations(8, 44, 5), ...annotations(8, 3)],
      categories,
    });
    const { alone, filled, merged } = await threeWays('lvis', ['--split', 'val']);
    const [{ figures }] = JSON.parse(alone.out).dataSets;
    expect(figures.APr).toBeGreaterThan(0.1);
    expect(figures['standard AP']).toBeLessThan(figures.AP50);
    expect(filled.out).toBe(alone.out);
    expect(merged.out).toBe(alone.out);
  });

  it('of Flickr30k, with sentences of each picture', async () => {
    const object = (id: number): string => {
      const sides = dogs[0].map((side, i) => {
        const name = ['xmin', 'ymin', 'xmax', 'ymax'][i];
        return `<${name}>${Math.round(side)}</${name}>`;
      });
      return `<object><name>${id}</name><bndbox>${sides.join('')}</bndbox></object>`;
    };
    write('flickr30k/val.txt', '12\n13\n14\n');
    for (const [name, sentences] of [
      ['12', '[/EN#5/animals A dog] near [/EN#6/scene a wheel]\nThere is [/EN#5/animals a small dog]\n'],
      ['13', '[/EN#6/scene A wheel] and [/EN#5/vehicles a green car]\n'],
      ['14', 'Nothing here\n'],
    ]) {
      write(`flickr30k/flickr30k-images/${name}.jpg`, picture);
      const size = '<size><width>160</width><height>90</height></size>';
      const objects = name === '14' ? '' : object(5) + object(6);
      write(
        `flickr30k/Annotations/${name}.xml`,
        `<annotation><filename>${name}.jpg</filename>${size}${objects}</annotation>`,
      );
      write(`flickr30k/Sentences/${name}.txt`, sentences);
    }
    const { alone, filled, merged } = await threeWays('flickr30k', []);
    const [{ images, figures }] = JSON.parse(alone.out).dataSets;
    expect([images, figures['R@10'] > 0]).toEqual([3, true]);
    expect(filled.out).toBe(alone.out);
    expect(merged.out).toBe(alone.out);
  });

  it('of ODinW, with the mean of 13 data sets and prompts of its own', async () => {
    for (const set of ODINW_13) {
      const { annotations: file, pictures } = odinwFiles(set, set.testSplit);
      write(`odinw/${pictures}/${set.name}.jpg`, picture);
      const count = set.captionPrompt?.length ?? set.renamed?.length ?? 2;
      write(`odinw/${file}`, {
        images: [{ id: 1, file_name: `${set.name}.jpg` }],
        annotations: annotations(1, 1, set.name.length % 5),
        categories: Array.from({ length: count }, (_, i) => ({ id: i + 1, name: i === 0 ? 'dog' : `t${i}` })),
      });
    }
    const { alone, filled, merged } = await threeWays('odinw', ['--manual-prompts']);
    expect(JSON.parse(alone.out).average.AP).toBeGreaterThan(0);
    expect(filled.out).toBe(alone.out);
    expect(merged.out).toBe(alone.out);
  });
});
