import { expect, it } from 'vitest';
import { checkDataset, formatReport } from './check.ts';
import { memoryFiles } from './read/files.ts';
import { openDataset } from './read/open-dataset.ts';
import { jpeg, png } from './testing/pictures.ts';

const box = (image: number, category: number, bbox: readonly number[]): object => ({
  image_id: image,
  category_id: category,
  bbox,
});
const image = (id: number, name: string): object => ({ id, file_name: name, width: 200, height: 100 });
const categories = [
  { id: 1, name: 'dog' },
  { id: 2, name: 'cat' },
];
const files = memoryFiles({
  'train.json': JSON.stringify({
    images: [image(1, 'a.png'), image(2, 'b.png'), image(3, 'c.jpg'), image(4, 'd.png')],
    annotations: [
      box(1, 1, [0, 0, 10, 10]),
      box(1, 1, [0, 0, 32, 32]),
      box(2, 1, [0, 0, 96, 96]),
      box(2, 2, [0, 0, 0, 5]),
    ],
    categories,
  }),
  'val.json': JSON.stringify({ images: [image(1, 'a.png')], annotations: [], categories }),
  'a.png': png(200, 100),
  'b.png': png(100, 200),
  'c.jpg': jpeg(200, 100).slice(0, -2),
  'd.png': '',
});

it('the report counts by split and category, measures boxes, and names every fault', async () => {
  const report = await checkDataset(await openDataset(files));
  expect(formatReport(report)).toBe(`format: coco

train: 4 images, 3 boxes, 2 images without a box, 0 captions
  box sizes: 1 small, 1 medium, 1 large; sides 10.0 to 96.0, median 32.0
  3  dog
  0  cat

val: 1 image, 0 boxes, 1 image without a box, 0 captions
  0  dog
  0  cat

in more than one split: 1 picture

4 faults: 1 empty-box, 1 wrong-size, 2 unreadable-picture
  train.json, annotations[3]: the box of "cat", 0 to 0 across and 0 to 5 down, is empty (left out)
  train.json, images[1]: b.png has 100 x 200 pixels, its annotations say 200 x 100 (kept)
  train.json, images[2]: the picture c.jpg is cut off (kept)
  train.json, images[3]: the picture d.png is an empty file (kept)
`);
  expect(report.splits[0].boxSizes.sides).toEqual([10, 32, 96]);
});

it('pictures are not opened unless asked to be', async () => {
  const report = await checkDataset(await openDataset(files), { pictures: false });
  expect(report.faults.map(({ kind }) => kind)).toEqual(['empty-box']);
});

it('names of files and categories reach the terminal without control characters', async () => {
  const name = 'dog\x1b[2J\n\u202e';
  const coco = { images: [image(1, name)], annotations: [], categories: [{ id: 1, name }] };
  const report = await checkDataset(await openDataset(memoryFiles({ 'a\x07.json': JSON.stringify(coco) })));
  const text = formatReport(report);
  expect(text).toContain('  0  dog\ufffd[2J\ufffd\ufffd\n');
  expect(text).toContain('  a\ufffd.json, images[0]: dog\ufffd[2J\ufffd\ufffd is missing (left out)\n');
});
