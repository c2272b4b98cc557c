import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainingCheckpoint } from '@glip-wgpu/checkpoint/testing';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { type Device, openDevice, parseSafetensors, writeSafetensors } from '@glip-wgpu/tensor-wgpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { glipL, glipT, glipTA } from '../config/config.ts';
import { knownConfig } from '../config/known-config.ts';
import { Glip } from '../glip.ts';
import { serveFiles } from '../testing/file-server.ts';
import { fixtureJson } from '../testing/fixtures.ts';
import { scene } from '../testing/scene.ts';
import { readModel } from './model-files.ts';
import type { ModelSource } from './model-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'glip-model-'));
const file = parseSafetensors(readFileSync(emojiTiny.weights));
const weights = readFileSync(emojiTiny.weights);
const pth = trainingCheckpoint(
  file.names
    .filter((name) => file.info(name).dtype === 'F32')
    .map((name) => [name, file.info(name).shape, file.f32(name)]),
);
const half = file.names.length >> 1;
const shard = (names: readonly string[]): Uint8Array =>
  writeSafetensors(
    names.map((name) => [name, { ...file.info(name), data: Uint8Array.from(file.bytes(name)) }]),
  );
const index = {
  weight_map: Object.fromEntries(
    file.names.map((name, i) => [name, i < half ? 'model-1.safetensors' : 'model-2.safetensors']),
  ),
};
function write(name: string, files: Record<string, string | Uint8Array>): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const [key, content] of Object.entries(files)) writeFileSync(join(path, key), content);
  return path;
}
const parts = {
  'config.json': readFileSync(emojiTiny.config),
  'vocab.txt': readFileSync(emojiTiny.vocabulary),
};
const image = scene(96, 96, 0);

let device: Device;
let expected: unknown;
let server: Awaited<ReturnType<typeof serveFiles>>;
async function detect(source: ModelSource, options = {}): Promise<unknown> {
  using glip = await Glip.load(source, { device, ...options });
  const found = await glip.detect(image, { categories: ['dog', 'green car'] }, { threshold: 0.01 });
  return found.map(({ label, box, score }) => ({ label, box, score }));
}
beforeAll(async () => {
  device = await openDevice();
  expected = await detect(emojiTiny);
  server = await serveFiles({
    'm/model.pth': { content: pth, etag: '"1"' },
    'm/config.json': { content: parts['config.json'] },
    'm/vocab.txt': { content: parts['vocab.txt'] },
    'n/model.pth': { content: pth, ranges: false },
    'n/config.json': { content: parts['config.json'] },
    'n/vocab.txt': { content: parts['vocab.txt'] },
  });
});
afterAll(async () => {
  device.dispose();
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('the same weights give the same detections, bit for bit,', () => {
  const given = { config: emojiTiny.config, vocabulary: emojiTiny.vocabulary };
  const sources: [title: string, source: () => ModelSource, options?: object][] = [
    ['from a .pth file', () => join(write('a', { 'x.pth': pth, ...parts }), 'x.pth')],
    ['from a folder with model.pth', () => write('b', { 'model.pth': pth, ...parts })],
    [
      'from a .safetensors file',
      () => join(write('c', { 'x.safetensors': weights, ...parts }), 'x.safetensors'),
    ],
    [
      'from two safetensors files and their index',
      () =>
        write('d', {
          'model.safetensors.index.json': JSON.stringify(index),
          'model-1.safetensors': shard(file.names.slice(0, half)),
          'model-2.safetensors': shard(file.names.slice(half)),
          ...parts,
        }),
    ],
    ['from a Blob', () => new Blob([pth as BlobPart]), given],
    [
      'from a file alone, with its config and vocabulary given',
      () => join(write('e', { 'x.pth': pth }), 'x.pth'),
      given,
    ],
    ['from a URL that answers ranges', () => server.url('m/model.pth')],
    ['from a folder on the web', () => server.url('m/')],
    ['from a URL that does not', () => server.url('n/model.pth')],
    ['from a published name and a file of its own', () => 'glip-t', { ...given, fromFile: pth }],
  ];
  it.each(sources)('%s', async (_, source, options) => {
    expect((expected as unknown[]).length).toBeGreaterThan(0);
    expect(await detect(source(), options)).toEqual(expected);
  });
});

describe('a model that cannot be read', () => {
  const shards = (map: Record<string, string>): string => {
    const path = write('s', {
      'model-1.safetensors': shard(file.names.slice(0, 2)),
      'model.safetensors.index.json': JSON.stringify({ weight_map: map }),
      ...parts,
    });
    return path;
  };
  const [a, b] = file.names;
  const all = { [a]: 'model-1.safetensors', [b]: 'model-1.safetensors' };
  const escapes = [
    '../x.safetensors',
    '/etc/x.safetensors',
    'a/../../x.safetensors',
    '..\\x.safetensors',
    'C:x.safetensors',
    '.x.safetensors',
    'x.safetensors/',
    'x',
    'x.pth',
    '',
    'file:x.safetensors',
    'x\0.safetensors',
  ];
  it.each(escapes)(
    'with a shard named %j is refused, and nothing outside its folder is opened',
    async (name) => {
      await expect(readModel(shards({ [a]: name }))).rejects.toMatchObject({ code: 'index-name' });
    },
  );

  const wrong: [title: string, code: string, map: unknown][] = [
    ['an index that is a list', 'index-json', []],
    ['an index without names', 'index-json', {}],
    ['a shard that is a number', 'index-json', { [a]: 1 }],
    ['a tensor that the index adds', 'index-missing', { ...all, more: 'model-1.safetensors' }],
    ['a tensor that the index leaves out', 'index-extra', { [a]: 'model-1.safetensors' }],
    [
      '1001 shards',
      'index-shards',
      Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`t${i}`, `s${i}.safetensors`])),
    ],
  ];
  it.each(wrong)('with %s is refused as %s', async (_, code, map) => {
    await expect(readModel(shards(map as Record<string, string>))).rejects.toMatchObject({ code });
  });

  it('with an index that names itself, a folder, or a shard that is not there is refused', async () => {
    await expect(readModel(shards({ [a]: 'model-9.safetensors' }))).rejects.toThrow(/no such file/);
    const path = shards(all);
    mkdirSync(join(path, 'folder.safetensors'), { recursive: true });
    await expect(readModel(shards({ [a]: 'folder.safetensors' }))).rejects.toThrow(/folder\.safetensors/);
    rmSync(join(path, 'loop.safetensors'), { force: true });
    symlinkSync('loop.safetensors', join(path, 'loop.safetensors'));
    await expect(readModel(shards({ [a]: 'loop.safetensors' }))).rejects.toThrow(/loop\.safetensors/);
    writeFileSync(join(path, 'model.safetensors.index.json'), 'not JSON');
    await expect(readModel(path)).rejects.toMatchObject({ code: 'index-json' });
  });

  const said: [title: string, source: () => ModelSource, message: RegExp][] = [
    ['of an unknown name', () => 'glip-xxl', /glip-xxl: there is no such model; published are glip-t-a/],
    ['of no name', () => ' ', /location is empty/],
    ['in another format', () => 'm.onnx', /only \.pth and \.safetensors/],
    ['without weights', () => write('f', parts), /no model\.safetensors.*no model\.pth/],
    [
      'without a config',
      () => join(write('g', { 'x.pth': pth }), 'x.pth'),
      /no config\.json.*pass its config/,
    ],
    [
      'without a vocabulary',
      () => write('h', { 'model.pth': pth, 'config.json': parts['config.json'] }),
      /no vocab\.txt/,
    ],
    [
      'that is a pickle',
      () => join(write('i', { 'x.pth': Uint8Array.of(0x80, 4, 0x2e), ...parts }), 'x.pth'),
      /x\.pth: checkpoint: it is a bare pickle/,
    ],
  ];
  it.each(said)('%s says so', async (_, source, message) => {
    await expect(readModel(source())).rejects.toThrow(message);
  });

  it('offline, of which nothing is in the cache, says where it would be', async () => {
    const options = { offline: true, cache: join(folder, 'cache') };
    await expect(readModel('glip-t', options)).rejects.toMatchObject({
      name: 'DownloadError',
      code: 'offline',
    });
  });
});

describe('without a config', () => {
  const source = (model: string) => {
    const { entries } = fixtureJson(`keys/keys_glip_${model}`) as {
      entries: { name: string; shape: number[] }[];
    };
    const shapes = new Map(entries.map(({ name, shape }) => [name, shape]));
    return { names: shapes.keys(), shape: (name: string) => shapes.get(name) };
  };

  it('published checkpoints are known by their shapes', () => {
    expect(knownConfig('x', source('a'))).toBe(glipTA);
    expect(knownConfig('x', source('t'))).toBe(glipT);
    expect(knownConfig('x', source('l'))).toBe(glipL);
  });

  it('another model of MMDetection is told from them', () => {
    const other = { names: ['bbox_head.cls.weight'], shape: () => undefined };
    expect(() => knownConfig('x', other)).toThrow(/MMDetection, but not of its GLIP/);
  });
});
