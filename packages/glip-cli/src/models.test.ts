import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeProgress } from './outputs/progress.ts';
import { type Outcome, runGlip } from './testing/run-glip.ts';

const at = (path: string): string => new URL(`../../../${path}`, import.meta.url).pathname;
const scene = at('examples/scene.jpg');
const embedded = at('packages/emoji-tiny/model');
const folder = mkdtempSync(join(tmpdir(), 'glip-models-'));
const weights = readFileSync(at('fixtures/torch/training.pth'));

let server: Server;
let mirror: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url?.endsWith('.pth'))
      response
        .writeHead(200, { 'Content-Length': weights.length })
        .end(request.method === 'HEAD' ? undefined : weights);
    else response.writeHead(200).end('not the vocabulary');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function glip(args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  return runGlip(args, { env: { GLIP_CACHE: join(folder, 'cache'), ...environment } });
}

describe('glip convert', () => {
  it('writes the weights of a training checkpoint as safetensors, and nothing else of it', async () => {
    const out = join(folder, 'a', 'model.safetensors');
    const { code, out: said, err } = await glip(['convert', at('fixtures/torch/training.pth'), '--out', out]);
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

  it('makes a folder that detects: the same from f32, and with --f16 in half the size', async () => {
    const detect = async (model: string): Promise<unknown> => {
      const { out } = await glip(['detect', scene, '--category', 'dog', '--model', model, '--json']);
      return JSON.parse(out).detections;
    };
    const [full, half] = [join(folder, 'full'), join(folder, 'half')];
    await glip(['convert', embedded, '--out', join(full, 'model.safetensors')]);
    const { code } = await glip([
      'convert',
      join(full, 'model.safetensors'),
      '--out',
      join(half, 'model.safetensors'),
      '--f16',
    ]);
    expect(code).toBe(0);
    expect(existsSync(join(half, 'config.json')) && existsSync(join(half, 'vocab.txt'))).toBe(true);
    const size = (path: string): number => readFileSync(join(path, 'model.safetensors')).length;
    expect(size(half) / size(full)).toBeLessThan(0.55);
    expect(await detect(full)).toEqual(await detect('emoji-tiny'));
    expect(((await detect(half)) as unknown[]).length).toBeGreaterThan(0);
  });
});

describe('glip info', () => {
  it('says before any download what a published model is, and whether it fits', async () => {
    const { code, out } = await glip(['info', 'glip-t'], { GLIP_MIRROR: mirror });
    expect(code).toBe(0);
    expect(out).toMatch(/license +MIT/);
    expect(out).toMatch(/download +0\.0 MB: https:\/\/huggingface\.co\/GLIPModel\/GLIP/);
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
  writeFileSync(join(folder, 'x.pth'), 'version https://git-lfs.github.com/spec/v1\n');
  const legacy = at('fixtures/torch/legacy.pth');
  const wrong: [title: string, args: string[], message: RegExp][] = [
    [
      'a name that is none',
      ['download', 'glip-xxl'],
      /glip-xxl: not a published model; the published models are glip-t-a/,
    ],
    ['no name to download', ['download'], /name one model/],
    [
      'a published model offline',
      ['detect', scene, '--category', 'dog', '--model', 'glip-t', '--offline'],
      /not in .*cache.*offline/,
    ],
    ['a folder without weights', ['info', join(folder, 'empty')], /no model\.safetensors/],
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
    const { code, err } = await glip(args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'o.safetensors'))).toBe(false);
  });
});

it('progress says how much, how fast and how long', () => {
  expect(describeProgress(120e6, 3500e6, 11.2e6)).toBe('120 of 3500 MB, 3 %, 11.2 MB/s, 5 min left');
  expect(describeProgress(5e6, undefined, 0)).toBe('5.0 MB');
});
