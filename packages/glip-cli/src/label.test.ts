import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './testing/run-here.ts';
import { scene, workspace } from './testing/workspace.ts';

const { root: folder, read, glip: run } = workspace('label');
const pictures = join(folder, 'pictures');
beforeAll(async () => {
  mkdirSync(join(pictures, 'more'), { recursive: true });
  await sharp(scene).toFile(join(pictures, 'scene.png'));
  const grey = { width: 64, height: 48, channels: 3, background: '#888' } as const;
  await sharp({ create: grey })
    .jpeg()
    .toFile(join(pictures, 'more', 'empty.jpg'));
});

const glip = (...args: string[]) => runHere(args);

const args = (format: string, ...more: string[]): string[] => [
  ...['label', join(pictures, 'scene.png'), join(pictures, 'more/empty.jpg')],
  ...['--categories', 'dog. green car. banana', '--format', format, '--out-dir', join(folder, format)],
  ...more,
];
const label = (format: string, ...more: string[]) => glip(...args(format, ...more));

describe('glip label', () => {
  it('writes COCO with empty pictures and all categories, and says what it did', async () => {
    const { code, out } = await run(args('coco'));
    expect(code).toBe(0);
    expect(out).toMatch(/^2 pictures, \d+ boxes, 1 picture without one\nwrote .*annotations\.json\n$/);
    const { images, annotations, categories } = JSON.parse(read('coco', 'annotations.json'));
    expect(images.map((image: { file_name: string }) => image.file_name)).toEqual([
      'scene.png',
      'more/empty.jpg',
    ]);
    expect(categories.map(({ name }: { name: string }) => name)).toEqual(['dog', 'green car', 'banana']);
    expect(new Set(annotations.map((one: { image_id: number }) => one.image_id))).toEqual(new Set([1]));
  });

  it('writes YOLO, with the pictures where it wants them', async () => {
    expect((await label('yolo', '--with-images')).code).toBe(0);
    expect(read('yolo', 'labels', 'scene.txt')).toMatch(/^([012]( [01]\.\d{6}){4}\n)+$/);
    expect(read('yolo', 'labels', 'more', 'empty.txt')).toBe('');
    expect(existsSync(join(folder, 'yolo', 'images', 'more', 'empty.jpg'))).toBe(true);
    expect(read('yolo', 'data.yaml')).toContain('1: "green car"');
  });

  it('writes Pascal VOC, CSV and Label Studio', async () => {
    for (const format of ['voc', 'csv']) expect((await label(format)).code).toBe(0);
    expect((await label('label-studio', '--image-url', 'https://example.com/')).code).toBe(0);
    expect(readdirSync(join(folder, 'voc', 'Annotations'))).toEqual(['more', 'scene.xml']);
    expect(read('csv', 'labels.csv')).toContain('more/empty.jpg,64,48,,,,,,');
    const tasks = JSON.parse(read('label-studio', 'tasks.json'));
    expect(tasks.map(({ data }: { data: { image: string } }) => data.image)).toEqual([
      'https://example.com/scene.png',
      'https://example.com/more/empty.jpg',
    ]);
    expect(read('label-studio', 'config.xml')).toContain('<Label value="green car"/>');
  });

  it('reads categories of a file, also with names of their own', async () => {
    const file = join(folder, 'names.json');
    writeFileSync(file, JSON.stringify([{ label: 'animal', names: ['dog', 'duck'] }, 'green car']));
    const { code } = await glip(
      ...['label', scene, '--categories-file', file, '--format', 'coco', '--out-dir', join(folder, 'named')],
    );
    expect(code).toBe(0);
    const { categories, annotations } = JSON.parse(read('named', 'annotations.json'));
    expect(categories.map(({ name }: { name: string }) => name)).toEqual(['animal', 'green car']);
    expect(annotations.length).toBeGreaterThan(0);
  });

  const wrong: [string, string[], RegExp][] = [
    [
      'an unknown format',
      [scene, '--category', 'dog', '--format', 'kitti', '--out-dir', folder],
      /expected coco, yolo/,
    ],
    ['no folder', [scene, '--category', 'dog', '--format', 'coco'], /--out-dir/],
    ['no picture', ['--category', 'dog', '--format', 'coco', '--out-dir', folder], /at least one picture/],
    ['no prompt', [scene, '--format', 'coco', '--out-dir', folder], /say what to find/],
    [
      'no file of names',
      [scene, '--categories-file', 'no.txt', '--format', 'coco', '--out-dir', folder],
      /no\.txt/,
    ],
  ];
  it.each(wrong)('%s exits with 2 and one sentence', async (_, args, message) => {
    const { code, err } = await runHere(['label', ...args]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err.split('\n')).toHaveLength(1);
  });
});

it('glip detect writes an SVG that holds the picture', async () => {
  const target = join(folder, 'annotated.svg');
  expect((await glip('detect', scene, '--category', 'dog', '--out', target)).code).toBe(0);
  const { width, height, format } = await sharp(target).metadata();
  expect([width, height, format]).toEqual([800, 800, 'svg']);
  const drawn = await sharp(target)
    .removeAlpha()
    .extract({ left: 0, top: 0, width: 80, height: 80 })
    .raw()
    .toBuffer();
  expect(new Set(drawn).size).toBeGreaterThan(5); // the picture, not a blank
});
