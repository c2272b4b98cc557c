import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './testing/run-here.ts';
import { scene, workspace } from './testing/workspace.ts';

const { root, glip: run } = workspace('evaluate');
const dataset = join(root, 'scenes');
const glip = (...args: string[]) => runHere(args);

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
  const { code, out } = await run(['evaluate', '--data', dataset, '--quiet']);
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

describe('an evaluation with --out that is stopped', () => {
  const many = join(root, 'many');
  const args = ['evaluate', '--data', many];
  const journal = (folder: string): string => join(root, folder, '.glip-evaluate.jsonl');
  const metricsOf = (folder: string): string => readFileSync(join(root, folder, 'metrics.json'), 'utf8');
  const evaluated = (folder: string): number =>
    existsSync(journal(folder)) ? readFileSync(journal(folder), 'utf8').split('\n{"path"').length - 1 : 0;

  beforeAll(async () => {
    mkdirSync(many);
    const pictures = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const path = join(many, `${i}.png`);
        await sharp(scene)
          .flop(i % 2 === 1)
          .resize(160 + 16 * i)
          .toFile(path);
        return path;
      }),
    );
    const names = ['--categories', 'dog. green car. ferris wheel', '--threshold', '0.3'];
    await glip('label', ...pictures, ...names, '--format', 'coco', '--out-dir', many);
    // Some truth that is not found, so that no figure is 1.
    const coco: Coco = JSON.parse(readFileSync(join(many, 'annotations.json'), 'utf8'));
    for (const [i, annotation] of coco.annotations.entries()) {
      const [x, y, w, h] = annotation.bbox;
      if (i % 3 === 0) annotation.bbox = [x, y, 0.7 * w, h];
    }
    writeFileSync(join(many, 'annotations.json'), JSON.stringify(coco));
  });

  it('goes on with --resume after Ctrl-C and after a kill, to the same figures to the last digit', async () => {
    await glip(...args, '--out', join(root, 'whole'));
    const { AP } = JSON.parse(metricsOf('whole'));
    expect(0.3 < AP && AP < 0.95).toBe(true);
    expect(existsSync(journal('whole'))).toBe(false);

    const into = [...args, '--out', join(root, 'stopped')];
    const stopped = await run(into, { stopWhen: () => evaluated('stopped') >= 1 });
    expect(stopped).toMatchObject({ code: 130, out: '' });
    expect(stopped.err).toMatch(/glip: stopped before the evaluation was complete; --resume continues$/);
    const before = evaluated('stopped');
    expect(before).toBeGreaterThanOrEqual(1);

    const killed = await run([...into, '--resume'], {
      env: { GLIP_STDERR_IS_TERMINAL: '80' },
      killWhen: (err) => err.includes(`${before + 1} of 6 images`) && evaluated('stopped') > before,
    });
    expect(killed.code).toBe(null);
    expect(killed.err).toContain(`${before} of 6 images already evaluated`);
    const then = evaluated('stopped');
    expect(then).toBeGreaterThan(before);

    const done = await glip(...into, '--resume');
    expect(done.err).toContain(`${then} of 6 images already evaluated`);
    expect(done.code).toBe(0);
    expect(metricsOf('stopped')).toBe(metricsOf('whole'));
    expect(readFileSync(join(root, 'stopped/index.html'), 'utf8')).toBe(
      readFileSync(join(root, 'whole/index.html'), 'utf8'),
    );
    expect(existsSync(journal('stopped'))).toBe(false);
    expect((await glip(...into, '--resume')).err).toContain('no evaluation to resume');
  });

  it('is not resumed with another model, dataset or prompt, nor with pictures that changed since', async () => {
    const into = ['--out', join(root, 'refused')];
    await run([...args, ...into], { stopWhen: () => evaluated('refused') >= 2 });
    const other = join(root, 'model.json');
    writeFileSync(other, '{}');
    for (const [changes, message] of [
      [['--categories-per-prompt', '1'], 'another number of categories per prompt (none, now 1); give the'],
      [['--weights', 'f16'], 'another weights (f32, now f16); give the same'],
      [['--config', other], 'another version of the model; give the same, or leave --resume out'],
      [['--data', dataset], `another folder of data (${many}, now ${dataset})`],
    ] as const) {
      const given = changes[0] === '--data' ? ['evaluate'] : args;
      const { code, err } = await glip(...given, ...into, '--resume', ...changes);
      expect(err).toContain(`--resume: the run in ${join(root, 'refused')} had ${message}`);
      expect(code).toBe(2);
    }
    const count = evaluated('refused');
    writeFileSync(join(many, '0.png'), readFileSync(join(many, '0.png')));
    const { err } = await glip(...args, ...into, '--resume');
    expect(err).toContain(count > 1 ? `${count - 1} of 6 images already` : 'no evaluation to resume');
  });
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
  [
    ['--data', dataset, '--resume'],
    '--resume needs the folder of the evaluation that was stopped: --out DIR',
  ],
])('%j is refused in one sentence', async (args, message) => {
  const { code, err, out } = await runHere(['evaluate', ...args]);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(message);
});
