import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toSafetensors } from '@glip-wgpu/checkpoint';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import {
  CheckpointError,
  type Device,
  openDevice,
  parseSafetensors,
  type SafetensorsFile,
  writeSafetensors,
} from '@glip-wgpu/tensor-wgpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { glipT, glipTA } from '../config/config.ts';
import { configFromOriginal } from '../config/original.ts';
import { ModelError } from '../errors.ts';
import { Glip } from '../glip.ts';
import { fixture, fixtureJson } from '../testing/fixtures.ts';
import { fineTunedFile, mmdetectionForm, type NamedTensor } from '../testing/mmdetection-form.ts';
import { scene } from '../testing/scene.ts';
import { originalName } from './mmdetection-names.ts';
import { openModel } from './model-files.ts';
import { publishedModel, publishedModels } from './published-models.ts';

const weights = fixture('e2e_t/weights');
const config = configFromOriginal(fixtureJson('e2e_t/info'));
const converted = mmdetectionForm(weights);
const open = (tensors: readonly NamedTensor[]) =>
  openModel({ name: 'mmdet.pth', weights: writeSafetensors(tensors), config });

/** Bits of every tensor of a file that the other has, too. */
async function expectSameBits(names: Iterable<string>, read: (name: string) => Promise<Uint8Array>) {
  let compared = 0;
  for (const name of names) {
    expect(weights.has(name), name).toBe(true);
    expect(Buffer.compare(await read(name), weights.bytes(name)), name).toBe(0);
    compared++;
  }
  expect(compared).toBeGreaterThan(350);
}

describe("a checkpoint with MMDetection's names", () => {
  it('has names and values that differ from the original', () => {
    const names = converted.map(([name]) => name);
    expect(names).toContain('backbone.stages.0.blocks.1.ffn.layers.0.0.weight');
    expect(names).toContain('neck.fpn_convs.3.conv.bias');
    expect(names).toContain('language_model.language_backbone.body.model.embeddings.LayerNorm.bias');
    expect(names.some((name) => weights.has(name))).toBe(false);
    const merged = new Map(converted).get('backbone.stages.0.downsample.norm.weight');
    const original = weights.f32('backbone.body.layers.0.downsample.norm.weight');
    const channels = original.length / 4;
    expect(merged && Array.from((merged.data as Float32Array).slice(0, 4))).toEqual(
      [0, 2, 1, 3].map((neighbor) => original[neighbor * channels]),
    );
  });

  it('is read with the names and the bits of the original, also of a prefix module.', async () => {
    for (const prefix of ['', 'module.']) {
      const { file, source } = await open(converted.map(([name, entry]) => [prefix + name, entry]));
      await expectSameBits(source.names, async (name) => {
        const numbers = await file.bytes(prefix + name);
        expect(source.shape(name)).toEqual(weights.info(name).shape);
        return numbers;
      });
    }
  });

  it('is read from { meta, state_dict }, whatever meta holds', async () => {
    const { file } = await openModel({ weights: fineTunedFile(converted), config });
    expect(file.format).toBe('torch');
    await expectSameBits(file.names, (name) => file.bytes(name));
  });

  it.each(['F16', 'F64', 'BF16'] as const)('is reordered where it is stored as %s', async (dtype) => {
    const width = dtype === 'F64' ? 8 : 2;
    const values = Uint8Array.from({ length: 2 * 8 * width }, (_, i) => i);
    const name = 'backbone.stages.0.downsample.reduction.weight';
    const entry = { dtype, shape: [2, 8], data: values };
    const bias = { dtype, shape: [1], data: new Uint8Array(width) };
    const { file } = await open([
      [name, entry],
      ['bbox_head.head.bias0', bias],
    ]);
    const read = await file.bytes('backbone.body.layers.0.downsample.reduction.weight');
    const first = Array.from({ length: 8 }, (_, column) => read[column * width] / width);
    expect(first).toEqual([0, 4, 2, 6, 1, 5, 3, 7]);
    expect(read[8 * width]).toBe(8 * width);
  });

  it('is converted to the original form', async () => {
    const { file } = await open(converted);
    const parts: Uint8Array[] = [];
    for await (const part of toSafetensors(file).chunks()) parts.push(part.slice());
    const written = parseSafetensors(new Uint8Array(Buffer.concat(parts)));
    await expectSameBits(written.names, async (name) => written.bytes(name));
  });
});

describe('the embedded model in this form', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glip-mmdetection-'));
  const path = join(folder, 'mmdet.safetensors');
  const embedded: SafetensorsFile = parseSafetensors(new Uint8Array(readFileSync(emojiTiny.weights)));
  const given = { config: emojiTiny.config, vocabulary: emojiTiny.vocabulary };
  let device: Device;
  beforeAll(async () => {
    device = await openDevice();
    writeFileSync(path, writeSafetensors(mmdetectionForm(embedded)));
  });
  afterAll(() => {
    device.dispose();
    rmSync(folder, { recursive: true });
  });

  it('finds the same, bit for bit', async () => {
    const image = scene(96, 96, 0);
    const detect = async (source: Parameters<typeof Glip.load>[0]) => {
      using glip = await Glip.load(source, { device });
      const found = await glip.detect(image, { categories: ['dog', 'green car'] }, { threshold: 0.01 });
      return {
        found: found.map(({ label, box, score }) => ({ label, box, score })),
        print: await glip.fingerprint(),
      };
    };
    const expected = await detect(emojiTiny);
    expect(expected.found.length).toBeGreaterThan(0);
    expect(await detect({ weights: path, ...given })).toEqual(expected);
  });

  it('without a parameter is refused with its name in both forms', async () => {
    const without = mmdetectionForm(embedded).filter(([name]) => name !== 'bbox_head.head.bias0');
    const load = Glip.load({ weights: writeSafetensors(without), ...given }, { device });
    const error = await load.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error).toMatchObject({ missing: ['rpn.head.bias0'], unexpected: [] });
    expect(String(error)).toContain("MMDetection's names: bbox_head.head.bias0 for rpn.head.bias0");
  });
});

describe('is refused', () => {
  it('a file with names of MMDetection and of the original, with an example of each', async () => {
    const both = [
      ...converted,
      ['rpn.head.bias0', { dtype: 'F32', shape: [1], data: new Float32Array(1) }],
    ] as const;
    const error = await open(both).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ModelError);
    expect(String(error)).toMatch(/mmdet\.pth: .*bbox_head\.head\.\S+\).*\(rpn\.head\.bias0\)/);
  });

  it('a name that only half of a conversion gives', async () => {
    expect(originalName('backbone.stages.0.blocks.1.mlp.fc1.weight')).toBeUndefined();
    expect(originalName('backbone.stages.0.blocks.1.attn.qkv.weight')).toBeUndefined();
    expect(originalName('neck.fpn_convs.5.conv.weight')).toBeUndefined();
  });

  it('patch merging that cannot be that of 2 x 2 neighbors', async () => {
    const odd = converted.map(
      ([name, entry]): NamedTensor =>
        name === 'backbone.stages.1.downsample.norm.bias'
          ? [name, { dtype: 'F32', shape: [7], data: new Float32Array(7) }]
          : [name, entry],
    );
    await expect(open(odd)).rejects.toThrow(/downsample\.norm\.bias has the shape \[7\]/);
  });
});

describe('the published models', () => {
  it('include those that MMDetection fine-tuned, with the configuration of the original', () => {
    const names = publishedModels.map(({ name }) => name).filter((name) => name.endsWith('-coco'));
    expect(names).toEqual(['glip-t-a-coco', 'glip-t-b-coco', 'glip-t-c-coco', 'glip-t-coco', 'glip-l-coco']);
    expect(publishedModel('glip-t-a-coco')?.config).toBe(glipTA);
    expect(publishedModel('glip-t-coco')?.config).toBe(glipT);
    expect(publishedModel('glip-l-coco')?.weights.urls).toEqual([
      'https://download.openmmlab.com/mmdetection/v3.0/glip/glip_atss_swin-l_fpn_dyhead_16xb2_ms-2x_funtune_coco/glip_atss_swin-l_fpn_dyhead_16xb2_ms-2x_funtune_coco_20230910_100800-e9be4274.pth',
    ]);
  });

  it("have MMDetection's file of the same weights as the last mirror", () => {
    expect(publishedModel('glip-t-c')?.weights.urls.at(-1)).toBe(
      'https://download.openmmlab.com/mmdetection/v3.0/glip/glip_tiny_c_mmdet-2fc427dd.pth',
    );
  });
});
