import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { runHere } from './testing/run-here.ts';
import { workspace } from './testing/workspace.ts';

const { root, glip } = workspace('data');
const cells = join(root, 'cells');
const NAMES = ['one.jpg', 'two.jpg', 'damaged.jpg'];

beforeAll(async () => {
  mkdirSync(join(cells, 'images'), { recursive: true });
  const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#c66' } })
    .jpeg()
    .toBuffer();
  for (const name of NAMES.slice(0, 2)) writeFileSync(join(cells, 'images', name), picture);
  const damaged = Buffer.from(picture); // its header and end are whole, its contents are not
  damaged.fill(0xff, 180, damaged.length - 40);
  writeFileSync(join(cells, 'images', 'damaged.jpg'), damaged);
  const images = NAMES.map((file_name, id) => ({ id: id + 1, file_name, width: 64, height: 48 }));
  const box = (id: number, bbox: number[], category_id = 1) => ({
    id,
    image_id: 1,
    category_id,
    bbox,
    area: 1,
    iscrowd: 0,
  });
  const coco = {
    images,
    annotations: [box(1, [4, 4, 20, 30]), box(2, [9, 9, 0, 8]), box(3, [30, 4, 20, 20], 2)],
    categories: [
      { id: 1, name: 'red <cell>' },
      { id: 2, name: 'white cell' },
    ],
  };
  writeFileSync(join(cells, 'instances_train.json'), JSON.stringify(coco));
});

const check = (...args: string[]) => glip(['data', 'check', ...args]);

it('glip data check counts images and boxes and names each fault with its place', async () => {
  const { code, out } = await check(cells);
  expect(code).toBe(0);
  expect(out).toContain('train: 3 images, 2 boxes, 2 images without a box');
  expect(out).toContain('1 fault: 1 empty-box\n  instances_train.json, annotations[1]: ');
});

it('--strict makes faults the exit code 1', async () => {
  expect((await check(cells, '--strict')).code).toBe(1);
  const fine = join(root, 'fine');
  mkdirSync(fine);
  writeFileSync(join(fine, 'a.txt'), '0 0.5 0.5 0.5 0.5\n');
  writeFileSync(join(fine, 'data.yaml'), 'train: .\nnames: [cell]\n');
  writeFileSync(join(fine, 'a.jpg'), readFileSync(join(cells, 'images', 'one.jpg')));
  expect((await check(fine, '--strict', '--decode')).code).toBe(0);
});

it('--decode finds pictures that are damaged inside', async () => {
  const { out } = await check(cells, '--decode', '--json');
  const { faults } = JSON.parse(out);
  expect(faults.map(({ kind }: { kind: string }) => kind)).toEqual(['empty-box', 'unreadable-picture']);
  expect(faults[1]).toMatchObject({ file: 'instances_train.json', entry: 'images[2]' });
  expect(faults[1].message).toContain('the picture images/damaged.jpg: ');
});

it('--json is the report; classes without boxes are in it', async () => {
  const { out } = await check(cells, '--json');
  const { format, splits } = JSON.parse(out);
  expect(format).toBe('coco');
  expect(splits).toMatchObject([
    {
      split: 'train',
      images: 3,
      categories: { 'red <cell>': 1, 'white cell': 1 },
      boxSizes: { small: 2, medium: 0 },
    },
  ]);
});

it('--out writes a page with charts and drawn pictures, which needs no other host', async () => {
  const folder = join(root, 'report');
  const { code, err } = await check(cells, '--out', folder, '--pictures', '2');
  expect([code, err.split('\n').at(-1)]).toEqual([0, `wrote ${folder}/index.html`]); // after progress where it is slow
  expect(readdirSync(folder).sort()).toEqual([
    'classes.svg',
    'index.html',
    'pictures',
    'report.json',
    'sizes.svg',
  ]);
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  expect(page).toContain('red &lt;cell&gt;');
  const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"|url\(/g)].map(([, address]) => address);
  expect(addresses.filter((address) => address !== 'data:,' && !existsSync(join(folder, address)))).toEqual(
    [],
  );
  const drawn = readdirSync(join(folder, 'pictures'));
  expect(drawn.length).toBeGreaterThan(0);
  const { width, height } = await sharp(join(folder, 'pictures', drawn[0])).metadata();
  expect([width, height]).toEqual([640, 480]);
  const again = join(root, 'again');
  await check(cells, '--out', again, '--pictures', '2');
  for (const name of drawn) {
    expect(readFileSync(join(again, 'pictures', name))).toEqual(readFileSync(join(folder, 'pictures', name)));
  }
});

it.each([
  [[], 'name one dataset: glip data check DIR'],
  [[join(root, 'nowhere')], 'nowhere: no such file or folder'],
  [[join(cells, 'instances_train.json')], 'expected the folder of a dataset, and it is a file'],
  [[join(cells, 'images')], 'dataset: '],
  [[cells, '--format', 'kitti'], '--format kitti: expected coco, voc'],
  [[cells, '--pictures', '3'], '--pictures needs a folder for them: --out DIR'],
])('%j is refused in one sentence', async (args, message) => {
  const { code, err, out } = await runHere(['data', 'check', ...args]);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(message);
});
