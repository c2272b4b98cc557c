import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { type Outcome, runGlip } from './testing/run-glip.ts';

const scene = new URL('../../../examples/scene.jpg', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'glip-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const glip = (...args: string[]): Promise<Outcome> => runGlip(args);

describe('glip detect', () => {
  it('prints JSON of the documented form', async () => {
    const { code, out } = await glip(
      'detect',
      scene,
      '--category',
      'dog',
      '--category',
      'green car',
      '--json',
    );
    expect(code).toBe(0);
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

describe('wrong input exits with 2 and one sentence:', () => {
  const broken = join(folder, 'broken.jpg');
  writeFileSync(broken, 'not a picture');
  const long = Array.from({ length: 90 }, (_, i) => `red apple ${i}`).join(' and ');
  const wrong: [string, string[], RegExp][] = [
    ['no such file', ['detect', 'none.jpg', '--category', 'dog'], /none\.jpg: no such file/],
    ['not an image', ['detect', broken, '--category', 'dog'], /broken\.jpg: not a picture/],
    ['an empty prompt', ['detect', scene, '--categories', ''], /prompt/],
    ['no prompt', ['detect', scene], /say what to find/],
    ['a phrase too long', ['detect', scene, '--category', long], /prompt/],
    ['an unknown model', ['detect', scene, '--model', 'glip-xxl', '--category', 'dog'], /unknown model/],
    ['an unknown option', ['detect', scene, '--color', 'red'], /--color/],
    [
      'a threshold that is none',
      ['detect', scene, '--category', 'dog', '--threshold', 'high'],
      /--threshold high/,
    ],
    ['weights that are none', ['info', 'emoji-tiny', '--weights', 'int4'], /--weights int4/],
    ['two models', ['info', 'emoji-tiny', 'glip-t'], /one model/],
    ['no picture', ['detect', '--category', 'dog'], /at least one picture/],
    [
      'a pattern without files',
      ['detect', join(folder, '*.tiff'), '--category', 'dog'],
      /no file matches this pattern/,
    ],
    ['an unknown command', ['discover'], /unknown command/],
  ];

  it.each(wrong)('%s', async (_, args, message) => {
    const { code, err } = await glip(...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err.split('\n')).toHaveLength(1);
  });
});

it('glip info tells what a model is and needs', async () => {
  const { code, out } = await glip('info', 'emoji-tiny');
  expect(code).toBe(0);
  expect(out).toMatch(/weights +5\.\d MB/);
  expect(out).toMatch(/GFLOP, .* MB of GPU memory/);

  const half = await glip('info', 'emoji-tiny', '--weights', 'f16');
  expect(half.out).toMatch(/weights +2\.\d MB on the GPU, kept as f16/);
  const small = await glip('info', 'emoji-tiny', '--weights', 'q8');
  expect(small.out).toMatch(/weights +1\.\d MB on the GPU, kept as q8/);
});

it('glip without a command prints its help', async () => {
  const { code, out } = await glip();
  expect(code).toBe(0);
  expect(out).toMatch(/glip detect IMAGE/);
});
