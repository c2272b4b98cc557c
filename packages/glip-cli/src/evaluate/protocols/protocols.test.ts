import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ODINW_13, odinwFiles } from '@glip-wgpu/datasets';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { runHere } from '../../testing/run-here.ts';
import { scene, workspace } from '../../testing/workspace.ts';

const { root, glip: run } = workspace('protocols');

/** Writes a file of a benchmark, as JSON unless it is text. */
function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

function picture(path: string, from = scene): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  copyFileSync(from, join(root, path));
}

const glip = (...args: string[]) => runHere(['evaluate', ...args, '--quiet']);
/** All objects of the scene. With a prompt that leaves one out, its box may get another's name. */
const OBJECTS = ['blue house', 'dog', 'green car', 'yellow duck'];
/** The box of each object, as the model finds it with all names: the truth of all benchmarks here. */
let boxes: readonly number[][] = [];
let empty = '';

beforeAll(async () => {
  empty = join(root, 'empty.jpg');
  await sharp({ create: { width: 64, height: 48, channels: 3, background: '#888' } })
    .jpeg()
    .toFile(empty);
  const { out } = await run(['detect', scene, '--categories', OBJECTS.join('. '), '--json', '--quiet']);
  const { detections } = JSON.parse(out) as { detections: { label: string; box: number[] }[] };
  expect(detections.map(({ label }) => label).sort()).toEqual(OBJECTS);
  boxes = OBJECTS.map((name) => detections.find(({ label }) => label === name)?.box ?? []);
});

/**
 * Annotations of objects in the scene.
 *
 * @param ids   category of each object's name; others have no annotation
 * @param more  1 where widths count the last pixel, as in files of COCO
 */
function annotations(image_id: number, ids: Readonly<Record<string, number>>, more: 0 | 1) {
  return Object.entries(ids).map(([name, category_id], i) => {
    const [x1, y1, x2, y2] = boxes[OBJECTS.indexOf(name)];
    const bbox = [x1, y1, x2 - x1 + more, y2 - y1 + more];
    return { id: i + 1, image_id, category_id, bbox, area: bbox[2] * bbox[3], iscrowd: 0 };
  });
}

describe('glip evaluate --protocol coco', () => {
  beforeAll(() => {
    picture('coco/val2017/a.jpg');
    picture('coco/val2017/b.jpg', empty);
    write('coco/annotations/instances_val2017.json', {
      images: [
        { id: 7, file_name: 'a.jpg' },
        { id: 3, file_name: 'b.jpg' },
      ],
      annotations: annotations(7, { 'blue house': 2, dog: 18, 'green car': 44, 'yellow duck': 60 }, 1),
      categories: [2, 18, 44, 60].map((id, i) => ({ id, name: OBJECTS[i] })),
    });
  });

  it('finds the files, prompts with all names, and gives figures in percent and as JSON', async () => {
    const { code, out } = await glip('--protocol', 'coco', '--data', join(root, 'coco'));
    expect(code).toBe(0);
    expect(out).toMatch(/^emoji-tiny, protocol coco, .*: 2 images\n\n +AP +AP50/);
    expect(out).toMatch(/\nCOCO val2017 +100\.0 +100\.0/);
    const json = await glip('--protocol', 'coco', '--data', root, '--json', '--max-images', '1');
    const { dataSets, protocol } = JSON.parse(json.out);
    expect(protocol).toBe('coco');
    expect(dataSets).toMatchObject([
      { name: 'COCO val2017', images: 1, figures: { AP: expect.closeTo(1, 6), APs: null } },
    ]);
  });

  it('is resumed with --out, and names pictures that cannot be read', async () => {
    const folder = join(root, 'report');
    picture('broken/val2017/a.jpg');
    const truth = JSON.parse(readFileSync(join(root, 'coco/annotations/instances_val2017.json'), 'utf8'));
    write('broken/annotations/instances_val2017.json', truth);
    const resumed = () =>
      run(['evaluate', '--protocol', 'coco', '--data', join(root, 'broken'), '--out', folder, '--resume']);
    const first = await resumed();
    expect([first.code, first.err]).toEqual([1, expect.stringContaining('val2017/b.jpg')]);
    picture('broken/val2017/b.jpg', empty);
    const second = await resumed();
    expect(second.err).toContain('1 images already evaluated');
    expect(second.code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8')).dataSets[0].images).toBe(2);
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(page).toContain('Precision by recall at IoU 0.5');
    expect(page).toMatch(/dog\. val2017\/a\.jpg: \d+ right, 0 wrong, 0 missed/);
    expect(readdirSync(folder).sort()).toEqual([
      ...['classes.svg', 'index.html', 'metrics.json', 'pictures', 'precision-recall.svg'],
    ]);
    expect(readdirSync(join(folder, 'pictures'))).toContain('class-1-001.jpg');
  });

  it('says which file or entry is missing or malformed before the model is loaded', async () => {
    const refused = async (args: string[], message: string): Promise<void> => {
      const { code, err } = await runHere(['evaluate', ...args]);
      expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    };
    await refused(['--protocol', 'coco', '--data', scene], 'expected the folder');
    await refused(
      ['--protocol', 'lvis', '--data', join(root, 'coco')],
      'no annotations of LVIS; expected lvis_v1_minival',
    );
    await refused(['--protocol', 'voc', '--data', root], '--protocol voc');
    await refused(
      ['--protocol', 'coco', '--data', root, '--categories-per-prompt', '3'],
      '--categories-per-prompt does not go with --protocol',
    );
    await refused(['--protocol', 'coco', '--data', root, '--pictures', '3'], '--pictures needs a folder');
    picture('bad/val2017/a.jpg');
    write('bad/annotations/instances_val2017.json', {
      images: [{ id: 1, file_name: 'a.jpg' }],
      annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [1, 2] }],
      categories: [{ id: 1, name: 'dog' }],
    });
    await refused(
      ['--protocol', 'coco', '--data', join(root, 'bad')],
      'instances_val2017.json: annotations[0].bbox is [1,2]',
    );
  });
});

it('glip evaluate --protocol lvis reads names in prompts of 40 and gives fixed AP by frequency', async () => {
  picture('lvis/val2017/000000000007.jpg');
  const judged = { neg_category_ids: [2], not_exhaustive_category_ids: [] };
  const url = 'http://images.cocodataset.org/val2017/000000000007.jpg';
  const categories = Array.from({ length: 45 }, (_, i) => ({
    id: i + 1,
    name: `thing_${i + 1}`,
    frequency: 'c',
  }));
  for (const [i, name] of OBJECTS.entries()) {
    categories[41 + i] = { id: 42 + i, name, frequency: name === 'dog' ? 'r' : 'c' }; // in the second prompt
  }
  write('lvis/lvis_v1_val.json', {
    images: [{ id: 7, coco_url: url, ...judged }],
    annotations: annotations(7, { dog: 43 }, 0),
    categories,
  });
  const { code, out } = await glip(
    '--protocol',
    'lvis',
    '--split',
    'val',
    '--data',
    join(root, 'lvis'),
    ...['--json', '--out', join(root, 'lvis-report')],
  );
  expect(code).toBe(0);
  const [{ name, figures }] = JSON.parse(out).dataSets;
  expect(name).toBe('LVIS val');
  expect(figures).toMatchObject({ APc: null, APf: null });
  expect(figures.AP50).toBeGreaterThan(0.9);
  expect(figures.APr).toBe(figures.AP);
  const page = readFileSync(join(root, 'lvis-report/index.html'), 'utf8');
  for (const text of ['of judged names', 'rare']) expect(page).toContain(text);
  expect(page).toMatch(/dog\. val2017\/000000000007\.jpg: [1-9]\d* right, 0 wrong/);
});

it('glip evaluate --protocol flickr30k takes sentences as prompts and gives recall by both protocols', async () => {
  picture('flickr/flickr30k-images/12.jpg');
  const dog = boxes[OBJECTS.indexOf('dog')];
  const corners = ['xmin', 'ymin', 'xmax', 'ymax'].map(
    (side, i) => `<${side}>${Math.round(dog[i])}</${side}>`,
  );
  const object = `<object><name>5</name><bndbox>${corners.join('')}</bndbox></object>`;
  write('flickr/val.txt', '12\n');
  write(
    'flickr/Annotations/12.xml',
    `<annotation><filename>12.jpg</filename><size><width>1</width><height>1</height></size>${object}</annotation>`,
  );
  write('flickr/Sentences/12.txt', '[/EN#5/animals A dog] near [/EN#6/scene a wheel]\nNothing here\n');
  const report = join(root, 'flickr-report');
  const { code, out } = await glip(
    '--protocol',
    'flickr30k',
    '--data',
    join(root, 'flickr'),
    '--out',
    report,
  );
  expect(code).toBe(0);
  expect(out).toMatch(
    /\n +R@1 +R@5 +R@10 +merged R@1 +merged R@5 +merged R@10\nFlickr30k val +100\.0 +100\.0 +100\.0 +\d/,
  );
  const page = readFileSync(join(report, 'index.html'), 'utf8');
  expect(page).toContain('“A dog near a wheel”: 1 right');
  expect(page).toContain('Precision by recall of the best boxes');
});

it('glip evaluate --protocol odinw averages 13 data sets, with names and prompts of its own if asked for', async () => {
  const names = ['dog', ...OBJECTS.filter((name) => name !== 'dog')];
  for (const set of ODINW_13) {
    const { annotations: file, pictures } = odinwFiles(set, set.testSplit);
    picture(`odinw/${pictures}/${set.name}.jpg`);
    const categories = Array.from(
      { length: set.captionPrompt?.length ?? set.renamed?.length ?? 1 },
      (_, i) => ({
        id: i + 1,
        name: names[i] ?? `thing ${i}`,
      }),
    );
    write(`odinw/${file}`, {
      images: [{ id: 1, file_name: `${set.name}.jpg` }],
      annotations: annotations(1, { dog: 1 }, 1),
      categories,
    });
  }
  const plain = JSON.parse((await glip('--protocol', 'odinw', '--data', root, '--json')).out);
  expect(plain.dataSets).toHaveLength(13);
  expect(plain.average.AP).toBeGreaterThan(0.9);
  const manual = JSON.parse(
    (await glip('--protocol', 'odinw', '--data', root, '--manual-prompts', '--json')).out,
  );
  expect(manual.average.AP).toBeLessThan(plain.average.AP); // no dog among "holes" and "hand of a person"
});
