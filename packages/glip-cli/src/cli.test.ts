import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runHere } from './testing/run-here.ts';
import { scene, workspace } from './testing/workspace.ts';

const { root: folder, glip } = workspace('cli');

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
    const { code, err } = await runHere(args, folder);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err.split('\n')).toHaveLength(1);
  });

  it('as the built program does, with and without a GPU', async () => {
    for (const i of [0, 4, 8, 12]) {
      const [, args] = wrong[i];
      const outcome = await glip(args);
      expect(outcome).toEqual(await runHere(args, folder));
      expect(outcome.code).toBe(2);
    }
  });
});

it('glip info tells what a model is and needs', async () => {
  const { code, out } = await glip('info emoji-tiny');
  expect(code).toBe(0);
  expect(out).toMatch(/weights +5\.\d MB/);
  expect(out).toMatch(/GFLOP, .* MB of GPU memory/);

  const half = await glip('info emoji-tiny --weights f16');
  expect(half.out).toMatch(/weights +2\.\d MB on the GPU, kept as f16/);
  const small = await glip('info emoji-tiny --weights q8');
  expect(small.out).toMatch(/weights +1\.\d MB on the GPU, kept as q8/);
});

it('glip without a command prints its help', async () => {
  const { code, out } = await glip([]);
  expect(code).toBe(0);
  expect(out).toMatch(/glip detect IMAGE/);
});

describe('the command line tells about itself', () => {
  it.each([
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['detect', '-h'], /^glip detect IMAGE\.\.\. \[options\]\n[\s\S]*--crop-dir DIR/],
    [['help', 'label'], /^glip label IMAGE\.\.\.[\s\S]*--split 0\.2/],
    [['cache', 'ls'], /glip-cache\n {2}empty\n$/],
  ])('%j', async (args, text) => {
    const { code, out, err } = await glip(args, { env: { GLIP_CACHE: join(folder, 'glip-cache') } });
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(text);
    expect(out).not.toMatch(args[0] === 'detect' ? /--format/ : /--heat/);
  });
});
