import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import { afterAll, describe, expect, it } from 'vitest';
import { runGlip } from './testing/run-glip.ts';
import { runHere } from './testing/run-here.ts';

const at = (path: string): string => new URL(`../../../${path}`, import.meta.url).pathname;
const scene = at('examples/scene.jpg');
const embedded = at('packages/emoji-tiny/model');
const folder = mkdtempSync(join(tmpdir(), 'glip-convert-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('glip convert writes the weights of a training checkpoint as safetensors, and nothing else of it', async () => {
  const out = join(folder, 'a', 'model.safetensors');
  const {
    code,
    out: said,
    err,
  } = await runGlip(['convert', at('fixtures/torch/training.pth'), '--out', out]);
  expect(code).toBe(0);
  expect(said).toMatch(/wrote .*model\.safetensors, 7 tensors/);
  expect(err).toMatch(/no .*config\.json was written/); // it is no GLIP
  const file = parseSafetensors(readFileSync(out));
  expect([...file.names].sort()).toEqual([
    '0.bias',
    '0.weight',
    '1.bias',
    '1.num_batches_tracked',
    '1.running_mean',
    '1.running_var',
    '1.weight',
  ]);
});

it('glip convert makes a folder that detects: the same from f32, in half the size with --f16, in less than a third with --q8', async () => {
  const detect = async (model: string, more: string[] = []): Promise<unknown> => {
    const { out } = await runHere([
      'detect',
      scene,
      '--category',
      'dog',
      '--model',
      model,
      '--json',
      ...more,
    ]);
    return JSON.parse(out).detections;
  };
  const [full, half, small] = ['full', 'half', 'small'].map((name) => join(folder, name));
  const weights = (path: string): string => join(path, 'model.safetensors');
  await runHere(['convert', embedded, '--out', weights(full)]);
  for (const [path, option] of [
    [half, '--f16'],
    [small, '--q8'],
  ] as const) {
    const { code } = await runHere(['convert', weights(full), '--out', weights(path), option]);
    expect(code).toBe(0);
    expect(existsSync(join(path, 'config.json')) && existsSync(join(path, 'vocab.txt'))).toBe(true);
  }
  const size = (path: string): number => readFileSync(weights(path)).length;
  expect(size(half) / size(full)).toBeLessThan(0.55);
  expect(size(small) / size(full)).toBeLessThan(0.33);
  expect(await detect(full)).toEqual(await detect('emoji-tiny'));
  expect(((await detect(half)) as unknown[]).length).toBeGreaterThan(0);
  expect(((await detect(small)) as unknown[]).length).toBeGreaterThan(0);
  expect(await detect(small, ['--weights', 'q8'])).toEqual(await detect('emoji-tiny', ['--weights', 'q8']));
  const both = await runHere(['convert', embedded, '--out', weights(small), '--f16', '--q8']);
  expect(both).toMatchObject({ code: 2, err: expect.stringContaining('exclude each other') });
});

describe('wrong input of glip convert exits with 2:', () => {
  writeFileSync(join(folder, 'x.pth'), 'version https://git-lfs.github.com/spec/v1\n');
  const legacy = at('fixtures/torch/legacy.pth');
  const wrong: [title: string, args: string[], message: RegExp][] = [
    [
      'a checkpoint of old PyTorch',
      ['convert', legacy, '--out', join(folder, 'o.safetensors')],
      /before 1\.6.*torch\.save/,
    ],
    [
      'a pointer of Git LFS',
      ['convert', join(folder, 'x.pth'), '--out', join(folder, 'o.safetensors')],
      /git lfs pull/,
    ],
    ['no place to write to', ['convert', legacy], /--out FILE\.safetensors/],
    [
      'a place that cannot be written',
      ['convert', at('fixtures/torch/bare.pth'), '--out', '/proc/o.safetensors'],
      /cannot be written/,
    ],
  ];
  it.each(wrong)('%s', async (_, args, message) => {
    const { code, err } = await runHere(args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'o.safetensors'))).toBe(false);
  });
});
