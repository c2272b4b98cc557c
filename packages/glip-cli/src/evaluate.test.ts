import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runGlip } from './testing/run-glip.ts';

const scene = new URL('../../../examples/scene.jpg', import.meta.url).pathname;
const root = mkdtempSync(join(tmpdir(), 'glip-evaluate-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const dataset = join(root, 'scenes');
const glip = (...args: string[]) => runGlip(args);

interface Coco {
  images: { id: number; file_name: string }[];
  annotations: { id: number; image_id: number; category_id: number; bbox: number[] }[];
}

// The truth is what the model itself finds above 0.4, so that its figures are known: all detections that come first are right.
beforeAll(async () => {
  mkdirSync(dataset);
  copyFileSync(scene, join(dataset, 'scene.jpg'));
  await sharp({ create: { width: 64, height: 48, channels: 3, background: '#888' } })
    .jpeg()
    .toFile(join(dataset, 'empty.jpg'));
  const pictures = ['scene.jpg', 'empty.jpg'].map((name) => join(dataset, name));
  const names = ['--categories', 'dog. green car. ferris wheel'];
  await glip('label', ...pictures, ...names, '--format', 'coco', '--out-dir', dataset);
});

const truth = (): Coco => JSON.parse(readFileSync(join(dataset, 'annotations.json'), 'utf8'));

it('glip evaluate prints the figures of COCO, of the dataset and of each class', async () => {
  const { code, out } = await glip('evaluate', '--data', dataset, '--quiet');
  expect(code).toBe(0);
  const objects = truth().annotations.length;
  expect(objects).toBeGreaterThan(1);
  expect(out).toContain(
    `emoji-tiny on all of ${dataset}: 2 images, ${objects} objects, 3 classes\n\n     AP   AP50   AP75    APs    APm    APl    AR1   AR10  AR100\n  1.000  1.000  1.000`,
  );
  expect(out).toMatch(/best balance at --threshold 0\.\d{3}: precision 1\.000, recall 1\.000, F1 1\.000/);
  expect(out).toMatch(/\nferris wheel +0 +- +- +- +-\n/);
});

it('--json prints them as JSON; an object that is not found lowers recall, an object of another class precision', async () => {
  const changed = join(root, 'changed');
  mkdirSync(changed);
  for (const name of ['scene.jpg', 'empty.jpg']) copyFileSync(join(dataset, name), join(changed, name));
  const coco = truth();
  const dogs = coco.annotations.filter(({ category_id }) => category_id === 1);
  const [empty] = coco.images.filter(({ file_name }) => file_name === 'empty.jpg');
  coco.annotations.push({ ...dogs[0], id: 900, image_id: empty.id, bbox: [2, 2, 20, 20] });
  writeFileSync(join(changed, 'annotations.json'), JSON.stringify(coco));
  const { code, out } = await glip('evaluate', '--data', changed, '--json');
  expect(code).toBe(0);
  const { AP50, categories, images, operatingPoint, model, split } = JSON.parse(out);
  expect([model, split, images]).toEqual(['emoji-tiny', 'all', 2]);
  const levels = Math.floor((100 * dogs.length) / (dogs.length + 1)) + 1; // of recall that are reached
  expect(categories[0]).toMatchObject({ name: 'dog', objects: dogs.length + 1 });
  expect(categories[0].AP50).toBeCloseTo(levels / 101, 6);
  expect(categories[2]).toMatchObject({ name: 'ferris wheel', objects: 0, AP: null });
  expect(AP50).toBeGreaterThan(0.5);
  expect(operatingPoint.recall).toBeLessThan(1);
});

it('--out writes a page with curves and pictures with truth beside prediction', async () => {
  const folder = join(root, 'report');
  const { code, err } = await glip('evaluate', '--data', dataset, '--out', folder, '--pictures', '1');
  expect(code).toBe(0);
  expect(err).toContain(`wrote ${folder}/index.html`);
  const { AP50, images } = JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8'));
  expect([AP50, images]).toEqual([expect.closeTo(1, 6), 2]);
  expect(readFileSync(join(folder, 'precision-recall.svg'), 'utf8')).toContain('mean of 2 classes 1.000');
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"|url\(/g)].map(([, address]) => address);
  expect(addresses.filter((address) => address !== 'data:,' && !existsSync(join(folder, address)))).toEqual(
    [],
  );
  const drawn = readdirSync(join(folder, 'pictures'));
  expect(drawn).toEqual(['worst-001.jpg']);
  const [one, other] = await Promise.all(
    [join(folder, 'pictures', drawn[0]), scene].map((path) => sharp(path).metadata()),
  );
  expect((one.width ?? 0) / (other.width ?? 1)).toBeGreaterThan(
    1.9 * (640 / Math.max(other.width ?? 1, other.height ?? 1)),
  );
});

it('leaves out pictures that cannot be read, names them, and ends with code 1', async () => {
  const damaged = join(root, 'damaged');
  mkdirSync(damaged);
  copyFileSync(join(dataset, 'scene.jpg'), join(damaged, 'scene.jpg'));
  copyFileSync(join(dataset, 'annotations.json'), join(damaged, 'annotations.json'));
  writeFileSync(join(damaged, 'empty.jpg'), 'no picture');
  const { code, out, err } = await glip('evaluate', '--data', damaged, '--json');
  expect(code).toBe(1);
  expect(err).toMatch(/glip: empty\.jpg: .*; left out/);
  expect(JSON.parse(out)).toMatchObject({ images: 1, unreadable: [{ path: 'empty.jpg' }] });
});

it.each([
  [[], 'name the dataset: glip evaluate --data DIR'],
  [['--data', join(root, 'nowhere')], 'no such file or folder'],
  [['--data', dataset, '--split', 'test'], '--split test: no such split; the dataset has all'],
  [
    ['--data', dataset, '--categories-per-prompt', '0'],
    '--categories-per-prompt 0: expected a whole number of at least 1',
  ],
  [['--data', dataset, '--chunk', '40'], 'did you mean --categories-per-prompt?'],
  [['--data', dataset, '--model', 'glip-x'], 'glip-x: unknown model'],
])('%j is refused in one sentence', async (args, message) => {
  const { code, err, out } = await glip('evaluate', ...args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(message);
});
