import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { trainingArchive } from '@glip-wgpu/checkpoint/testing';
import { publishedModel, publishedModels } from '@glip-wgpu/glip-core';
import { parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { rangeMirror, wholeFileMirror } from './testing/model-servers.ts';
import { type Outcome, runGlip } from './testing/run-glip.ts';
import { runHere } from './testing/run-here.ts';

const at = (path: string): string => new URL(`../../../${path}`, import.meta.url).pathname;
const vocabulary = at('packages/bert-base-uncased/model/vocab.txt');
const scene = at('examples/scene.jpg');
const folder = mkdtempSync(join(tmpdir(), 'glip-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const weights = readFileSync(at('fixtures/torch/training.pth'));
const mirror = await wholeFileMirror(weights);
/** 6.4 MB, of which 1.6 MB are weights. */
const archive = trainingArchive([
  { name: 'backbone.weight', shape: [1000, 400] },
  { name: 'backbone.bias', shape: [1000] },
]);
const ranges = await rangeMirror(await archive.read(0, archive.size));

function glip(args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  return runGlip(args, { env: { GLIP_CACHE: join(folder, 'cache'), ...environment } });
}

describe('glip models', () => {
  it('lists every model with sizes, accuracy and its source, license, and what is cached; asks no server', async () => {
    const kept = join(folder, 'listed', 'glip-t-coco');
    mkdirSync(kept, { recursive: true });
    const [url] = publishedModel('glip-t-coco')?.weights.urls ?? [''];
    writeFileSync(join(kept, basename(url)), new Uint8Array(3e6));
    const environment = { GLIP_CACHE: join(folder, 'listed'), GLIP_MIRROR: 'http://127.0.0.1:9' };
    const { code, out, err } = await glip(['models'], environment);
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(
      /^model +trained on +COCO +LVIS +published in +download +GPU f32 +GPU f16 +GPU q8 +license +cached$/,
    );
    expect(lines[1]).toMatch(/^emoji-tiny .* none +5\.3 MB +2\.7 MB +1\.7 MB +MIT +embedded$/);
    expect(out).toMatch(
      /^glip-t +Objects365.* 46\.6 +25\.9 +the paper +927 MB +927 MB +464 MB +247 MB +MIT +no$/m,
    );
    expect(out).toMatch(/^glip-t-coco .* 55\.2 +MMDetection's README +927 MB .* yes, 3\.0 MB$/m);

    const rows = JSON.parse((await glip(['models', '--json'], environment)).out);
    expect(rows.map(({ name }: { name: string }) => name)).toEqual([
      'emoji-tiny',
      ...publishedModels.map(({ name }) => name),
    ]);
    expect(rows[8].figures).toEqual([
      { from: "MMDetection's README", figures: { 'COCO val2017': { AP: 55.2 } } },
    ]);
    expect(rows[9]).toMatchObject({ license: 'MIT', cached: [{ bytes: 3e6, partial: false }], urls: [url] });
    expect(rows[9].weightBytes.f16).toBeLessThan(0.51 * rows[9].weightBytes.f32);
  });
});

describe('glip info', () => {
  it('says before any download what a published model is, and whether it fits', async () => {
    const { code, out } = await glip(['info', 'glip-t'], { GLIP_MIRROR: mirror });
    expect(code).toBe(0);
    expect(out).toMatch(/license +MIT/);
    expect(out).toMatch(
      /download +0\.0 MB to download, the whole file: https:\/\/huggingface\.co\/GLIPModel\/GLIP/,
    );
    expect(out).toMatch(/checksum +none is published/);
    expect(out).toMatch(/in the cache +no/);
    expect(out).toMatch(/weights +9\d\d MB on the GPU, kept as f32/);
    expect(out).toMatch(/fits +(yes|no)/);
    expect(existsSync(join(folder, 'cache', 'glip-t'))).toBe(false);
  });

  it('offline asks nobody', async () => {
    const { code, out } = await glip(['info', 'glip-t-a', '--offline', '--weights', 'f16'], {
      GLIP_MIRROR: 'http://127.0.0.1:9',
    });
    expect(code).toBe(0);
    expect(out).toMatch(/size not queried, offline/);
    expect(out).toMatch(/weights +30\d MB on the GPU, kept as f16/);
  });
});

describe('glip download', () => {
  it('puts a model into the cache, and refuses a vocabulary that is another', async () => {
    const cache = { GLIP_MIRROR: mirror, GLIP_CACHE: join(folder, 'b') };
    const args = ['download', 'glip-t-b', '--vocabulary', at('packages/emoji-tiny/model/vocab.txt')];
    const { code, out, err } = await glip(args, cache);
    expect(out).toMatch(/glip-t-b\/glip_tiny_model_o365\.pth .*\n +SHA-256 [0-9a-f]{64} \(recorded/);
    expect(readFileSync(join(folder, 'b', 'glip-t-b', 'glip_tiny_model_o365.pth'))).toEqual(weights);
    expect(code).toBe(2);
    expect(err).toMatch(/vocab\.txt: the file has \d+ bytes, expected 231508/);
  });

  it('says first what is to come, and takes only the weights where the server answers ranges', async () => {
    const cache = { GLIP_MIRROR: ranges.url, GLIP_CACHE: join(folder, 'r') };
    const args = ['download', 'glip-t', '--weights', 'f16'];
    const { code, out } = await glip([...args, '--vocabulary', vocabulary], cache);
    expect(code).toBe(0);
    const [plan, name, hash] = out.split('\n');
    expect(plan).toMatch(
      /^glip-t: 1\.6 MB to download of a file of 6\.4 MB, 0\.8 MB on disk as f16, 0\.8 MB on the GPU$/,
    );
    expect(name).toMatch(/^glip-t\/model-f16\.safetensors {2}0\.8 MB {2}from http/);
    expect(hash).toMatch(/recorded; the weights fit their checksums in the archive/);
    expect(ranges.sent()).toBeLessThan(1.02 * archive.weightBytes + 2000);
    const file = parseSafetensors(readFileSync(join(folder, 'r', 'glip-t', 'model-f16.safetensors')));
    expect(file.info('backbone.weight').dtype).toBe('F16');
    expect((await glip(['cache', 'ls'], cache)).out).toMatch(/glip-t\/model-f16\.safetensors {2}0\.8 MB/);
    expect((await glip(['info', 'glip-t', '--weights', 'f16'], cache)).out).toMatch(
      /download +nothing to download.*\n.*\nin the cache +yes, glip-t\/model-f16/,
    );
    expect((await glip(['cache', 'rm', 'glip-t'], cache)).out).toMatch(/removed glip-t\/model-f16/);
  });

  it('onto a full disk says so, and goes on when there is room', async () => {
    const env = { GLIP_MIRROR: ranges.url, GLIP_CACHE: join(folder, 'f') };
    const args = ['download', 'glip-t', '--vocabulary', vocabulary];
    const { code, err } = await runGlip(args, { env, disk: 900_000 });
    expect(err).toMatch(/the disk is full; free some space/);
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'f', 'glip-t', 'model.safetensors'))).toBe(false);
    const before = ranges.sent();
    expect((await glip(args, env)).code).toBe(0);
    expect(ranges.sent() - before).toBeLessThan(archive.weightBytes);
    expect(existsSync(join(folder, 'f', 'glip-t', 'model.safetensors'))).toBe(true);
  });

  it('takes files that are already here', async () => {
    const cache = { GLIP_CACHE: join(folder, 'c') };
    const from = at('fixtures/torch/training.pth');
    const { err } = await glip(['download', 'glip-l', '--from-file', from, '--offline'], cache);
    expect(err).toMatch(/vocab\.txt is not in .*offline/);
    expect(readFileSync(join(folder, 'c', 'glip-l', 'glip_large_model.pth'))).toEqual(weights);
    const { out } = await glip(['info', 'glip-l', '--offline'], cache);
    expect(out).toMatch(/checksum +[0-9a-f]{64}, recorded/);
    expect(out).toMatch(/in the cache +yes/);
  });
});

describe('wrong input exits with 2:', () => {
  mkdirSync(join(folder, 'empty'), { recursive: true });
  const legacy = at('fixtures/torch/legacy.pth');
  const wrong: [title: string, args: string[], message: RegExp][] = [
    [
      'a name that is none',
      ['download', 'glip-xxl'],
      /glip-xxl: not a published model; the published models are glip-t-a/,
    ],
    ['no name to download', ['download'], /name one model/],
    ['a model to list', ['models', 'glip-t'], /takes no argument; glip info glip-t describes one model/],
    [
      'a published model offline',
      ['detect', scene, '--category', 'dog', '--model', 'glip-t', '--offline'],
      /not in .*cache.*offline/,
    ],
    ['a folder without weights', ['info', join(folder, 'empty')], /no model\.safetensors/],
    [
      'a checkpoint that is no GLIP',
      ['detect', scene, '--category', 'dog', '--model', at('fixtures/torch/bare.pth')],
      /pass its config/,
    ],
    [
      'a file for a model that has its own',
      ['detect', scene, '--category', 'dog', '--from-file', legacy],
      /--from-file is for published models/,
    ],
    [
      'a file that is not there',
      ['detect', scene, '--category', 'dog', '--model', 'glip-t', '--from-file', 'none.pth'],
      /none\.pth: no such file/,
    ],
  ];
  it.each(wrong)('%s', async (_, args, message) => {
    vi.stubEnv('GLIP_CACHE', join(folder, 'cache'));
    const { code, err } = await runHere(args);
    vi.unstubAllEnvs();
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});
