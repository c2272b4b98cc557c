import { describe, expect, it } from 'vitest';
import { boxesOf, type Contents, faultsOf, open } from '../testing/open-memory.ts';
import { png } from '../testing/pictures.ts';
import { toCoco } from '../write/coco.ts';
import type { LabeledImage } from '../write/labeled-image.ts';
import { toPascalVoc } from '../write/pascal-voc.ts';
import { toYolo } from '../write/yolo.ts';
import { memoryFiles } from './files.ts';
import { openDataset } from './open-dataset.ts';

const LABELS = ['dog', 'cat & "kitten"', 'no box'];
const written: LabeledImage[] = [
  {
    file: 'a.png',
    width: 200,
    height: 100,
    detections: [
      { label: 'cat & "kitten"', box: [10, 20, 59, 69], score: 1 },
      { label: 'dog', box: [0, 0, 199, 99], score: 1 },
    ],
  },
  { file: 'more/b.png', width: 50, height: 40, detections: [] },
];
// A detection's last column and row are part of it; the reader's edges lie behind them.
const read = [['a.png', ['cat & "kitten"', 10, 20, 60, 70], ['dog', 0, 0, 200, 100]], ['more/b.png']];
const pictures = (folder: string): Contents =>
  Object.fromEntries(written.map(({ file, width, height }) => [folder + file, png(width, height)]));
const textsOf = (files: readonly { path: string; text: string }[]): Contents =>
  Object.fromEntries(files.map(({ path, text }) => [path, text]));
const below = (folder: string): unknown[] => read.map(([path, ...boxes]) => [folder + path, ...boxes]);

describe('a dataset comes back as it was written', () => {
  it.each([
    ['annotations.json', 'images/', 'all'],
    ['annotations/instances_val2017.json', 'val2017/', 'val'],
    ['valid/_annotations.coco.json', 'valid/', 'val'],
    ['labels.json', '', 'all'],
    ['labels.json', 'elsewhere/', 'all'],
  ])('in COCO’s format: %s with pictures in "%s"', async (json, folder, split) => {
    const dataset = await open({ [json]: JSON.stringify(toCoco(written, LABELS)), ...pictures(folder) });
    expect(dataset.format).toBe('coco');
    expect(dataset.categories).toEqual(LABELS.map((name, i) => ({ id: i + 1, name })));
    expect([...dataset.splits.keys()]).toEqual([split]);
    expect(boxesOf(dataset.splits.get(split))).toEqual(below(folder));
    expect(faultsOf(dataset)).toEqual([]);
  });

  it('in YOLO’s format', async () => {
    const dataset = await open({ ...textsOf(toYolo(written, LABELS)), ...pictures('images/') });
    expect(dataset.format).toBe('yolo');
    expect(dataset.categories).toEqual(LABELS.map((name, id) => ({ id, name })));
    expect([...dataset.splits.keys()]).toEqual(['train', 'val']);
    expect(boxesOf(dataset.splits.get('train'))).toEqual(below('images/'));
    expect(faultsOf(dataset)).toEqual([]);
  });

  it('in Pascal VOC’s format', async () => {
    const dataset = await open({ ...textsOf(toPascalVoc(written)), ...pictures('JPEGImages/') });
    expect(dataset.format).toBe('pascal-voc');
    expect(dataset.categories.map(({ name }) => name)).toEqual(['cat & "kitten"', 'dog']);
    expect(boxesOf(dataset.splits.get('all'))).toEqual(below('JPEGImages/'));
    expect(faultsOf(dataset)).toEqual([]);
  });
});

it.each<[string, Contents]>([
  ['a.xml', { 'a.xml': '', 'b.xml': '<annotation><filename>a.png</filename></annotation>' }],
  ['a.txt', { 'data.yaml': 'train: .\nnames: [dog]', 'a.txt': '' }],
  ['a.txt', { 'a.txt': '', 'b.png': png(2, 2), 'b.txt': 'a dog' }],
  ['a.json', { 'a.json': '', 'b.json': JSON.stringify(toCoco([], LABELS)) }],
])('%s that cannot be read is left out with a fault', async (broken, contents) => {
  const files = memoryFiles({ ...contents, 'a.png': png(2, 2) });
  const text = (path: string) => (path === broken ? Promise.reject(new Error('EIO')) : files.text(path));
  expect(faultsOf(await openDataset({ ...files, text }))).toEqual([
    `${broken}: cannot be read: EIO (left out)`,
  ]);
});

it('a folder without a dataset, or with several, is refused; `format` chooses', async () => {
  await expect(open({ 'a.png': png(1, 1) })).rejects.toThrow('holds none of data.yaml, Pascal VOC XML files');
  await expect(openDataset(memoryFiles({ 'a.png': png(1, 1) }), { format: 'yolo' })).rejects.toThrow(
    'no data of the format yolo',
  );
  const both = memoryFiles({
    'a.xml': '<annotation><filename>a.png</filename></annotation>',
    'a.json': JSON.stringify(toCoco([], LABELS)),
    'a.png': png(1, 1),
  });
  await expect(openDataset(both)).rejects.toThrow('pascal-voc and coco; choose one');
  expect((await openDataset(both, { format: 'coco' })).format).toBe('coco');
});
