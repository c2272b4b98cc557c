import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Outcome } from './testing/run-glip.ts';
import { runHere } from './testing/run-here.ts';
import { scene, workspace } from './testing/workspace.ts';

const { root: folder, glip: run } = workspace('detect');

const glip = (...args: string[]): Promise<Outcome> => runHere(args);

describe('glip detect', () => {
  it('prints JSON of the documented form', async () => {
    const args = ['detect', scene, '--category', 'dog', '--category', 'green car', '--json'];
    const { code, out } = await run(args);
    expect(code).toBe(0);
    expect(await runHere(args)).toEqual({ code, out, err: '' });
    const { image, detections, missing } = JSON.parse(out);
    expect(missing).toEqual([]);
    expect(image).toEqual({ path: scene, width: 160, height: 160 });
    expect(detections.length).toBeGreaterThan(0);
    for (const detection of detections) {
      expect(Object.keys(detection)).toEqual(['label', 'box', 'score', 'span', 'tokens']);
      expect(['dog', 'green car']).toContain(detection.label);
      expect(detection.score).toBeGreaterThan(0.4);
    }
  });

  it('takes names in one text, a caption, and a threshold', async () => {
    const [list, caption, none] = await Promise.all([
      glip('detect', scene, '--categories', 'dog. green car', '--json'),
      glip('detect', scene, '--caption', 'a dog and a green car', '--json'),
      glip('detect', scene, '--category', 'dog', '--threshold', '0.99', '--json'),
    ]);
    const labels = ({ out }: Outcome): Set<string> =>
      new Set(JSON.parse(out).detections.map(({ label }: { label: string }) => label));
    expect(labels(list)).toEqual(new Set(['dog', 'green car']));
    expect(labels(caption)).toEqual(new Set(['dog', 'green car']));
    expect(labels(none)).toEqual(new Set());
  });

  it('draws boxes on an enlarged copy and says where it is', async () => {
    const target = join(folder, 'deep', 'annotated.png');
    const { code, out } = await glip('detect', scene, '--category', 'dog', '--out', target);
    expect(code).toBe(0);
    expect(out.trim().split('\n').at(-1)).toBe(`wrote ${target}`);
    const drawn = await sharp(target).metadata();
    expect([drawn.width, drawn.height]).toEqual([800, 800]);
    const plain = await sharp(scene).resize(800, 800).removeAlpha().raw().toBuffer();
    const pixels = await sharp(target).removeAlpha().raw().toBuffer();
    const changed = pixels.filter((value, i) => Math.abs(value - plain[i]) > 60).length;
    expect(changed).toBeGreaterThan(3000);
  });

  it('goes over several pictures and patterns, each with its own result', async () => {
    for (const name of ['a.png', 'b.png']) await sharp(scene).toFile(join(folder, name));
    const { code, out } = await glip('detect', join(folder, '*.png'), scene, '--category', 'dog', '--json');
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const paths = lines.map(({ image }: { image: { path: string } }) => image.path);
    expect(paths).toEqual([join(folder, 'a.png'), join(folder, 'b.png'), scene]);
    const drawn = join(folder, 'drawn');
    await glip('detect', join(folder, '*.png'), '--category', 'dog', '--out', drawn);
    expect(existsSync(join(drawn, 'a.png')) && existsSync(join(drawn, 'b.png'))).toBe(true);
  });

  it('dims what is not a label, and keeps what is', async () => {
    const target = join(folder, 'heat.png');
    const prompt = ['--categories', 'blue house. green car', '--heat', 'green car', '--threshold', '0.99'];
    const { code } = await glip('detect', scene, ...prompt, '--out', target);
    expect(code).toBe(0);
    const brightness = async (left: number, top: number) => {
      const place = sharp(target).removeAlpha().extract({ left, top, width: 60, height: 60 });
      return (await place.raw().toBuffer()).reduce((sum, value) => sum + value, 0);
    };
    const [car, corner] = [await brightness(250, 250), await brightness(10, 10)];
    expect(car).toBeGreaterThan(2 * corner);
    const unknown = await glip('detect', scene, '--category', 'dog', '--heat', 'cat', '--out', target);
    expect([unknown.code, unknown.err]).toEqual([2, 'glip: --heat cat: the prompt has no such label']);
  });

  it('says which labels were not found, and why', async () => {
    const [text, json] = await Promise.all([
      glip('detect', scene, '--category', 'dog', '--category', 'traffic light', '--threshold', '0.6'),
      glip('detect', scene, '--category', 'traffic light', '--threshold', '0.6', '--json'),
    ]);
    expect(text.out).toMatch(
      /^ {2}no traffic light: best score 0\.\d{3} does not exceed the threshold 0\.600$/m,
    );
    expect(JSON.parse(json.out).missing).toEqual([
      { label: 'traffic light', why: expect.stringContaining('best score') },
    ]);
  });

  it('warns of words that the model never saw', async () => {
    const { code, err } = await glip('detect', scene, '--category', 'Ⅷ', '--category', 'dog');
    expect(code).toBe(0);
    expect(err).toMatch(/warning: .*not in the vocabulary/);
  });
});

it('standard input is a picture', async () => {
  const { code, out } = await run(['detect', '-', '--category', 'dog', '--json', '--limit', '2'], {
    input: readFileSync(scene),
  });
  expect(code).toBe(0);
  const { image, detections } = JSON.parse(out);
  expect(image).toEqual({ path: '-', width: 160, height: 160 });
  expect(detections).toHaveLength(2);
});

it('the embedded model says of a photograph that it is a toy, and of names with commas that they look like two', async () => {
  const photo = await sharp(scene).resize(320, 240, { fit: 'fill' }).jpeg().toBuffer();
  const { code, err } = await run(['detect', '-', '--categories', 'dog, cat'], { input: photo });
  expect(code).toBe(0);
  const warnings = err.split('\n').filter((line) => line.startsWith('warning: '));
  expect(warnings.filter((line) => /toy for drawn scenes.*320 x 240.*glip-t/.test(line))).toHaveLength(1);
  expect(warnings.filter((line) => /dog, cat/.test(line))).toHaveLength(1);
});

it('a reader that stops reading ends the program without a word', async () => {
  mkdirSync(join(folder, 'good'));
  for (const name of ['1.jpg', '2.jpg', '10.jpg']) await sharp(scene).toFile(join(folder, 'good', name));
  const { code, err } = await run(['detect', 'good', '--category', 'dog', '--json'], { closeOutput: true });
  expect([code, err.replace(/^\d of 3: .*$/gm, '').trim()]).toEqual([0, '']);
});
