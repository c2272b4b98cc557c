import { readFileSync } from 'node:fs';
import { toSafetensors } from '@glip-wgpu/checkpoint';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import {
  DeviceError,
  f32ToF16,
  openDevice,
  parseSafetensors,
  profile,
  writeSafetensors,
} from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Detections, Grounding } from './detect/grounding.ts';
import { Glip } from './glip.ts';
import type { RawImage } from './image/image-input.ts';
import { openModel } from './load/model-files.ts';
import { isIgnored, network } from './network/network.ts';
import { scene } from './testing/scene.ts';

const PROMPT = { categories: ['dog', 'green car', 'yellow duck'] } as const;
const OPTIONS = { threshold: 0 } as const;

const numbers = (found: Detections): number[] => found.flatMap(({ box, score }) => [...box, score]);

let glip: Glip;
const image = scene(120, 96, 5);
beforeAll(async () => {
  glip = await Glip.load(emojiTiny);
});
afterAll(() => glip.dispose());

describe('a model of parameters on the GPU', () => {
  it('has the bits of the model that was loaded, and leaves the parameters to their owner', async () => {
    using device = await openDevice();
    const opened = await openModel(emojiTiny);
    const config = await opened.config();
    const build = (p: ParameterTree) => network(p, config);
    const { parameters } = await ParameterTree.load(device, opened.source, build, isIgnored);
    const own = Glip.fromParameters(parameters, { config, tokenizer: glip.tokenizer });
    const found = await own.detect(image, PROMPT, OPTIONS);
    expect(numbers(found)).toEqual(numbers(await glip.detect(image, PROMPT, OPTIONS)));
    await expect(own.reload()).rejects.toThrow('nothing to reload it from');
    own.dispose();
    await expect(own.detect(image, PROMPT, OPTIONS)).rejects.toThrow('disposed');
    expect([...parameters.tensors().values()].some(({ disposed }) => disposed)).toBe(false);
  });
});

describe('a detection', () => {
  it('carries a label of the prompt, its span, its tokens and their scores', async () => {
    const found = await glip.detect(image, PROMPT, OPTIONS);
    expect(found.length).toBeGreaterThan(0);
    expect(found.prompt).toBe('dog. green car. yellow duck');
    for (const { label, span, tokens, tokenScores, box, score } of found) {
      expect(PROMPT.categories).toContain(label);
      expect(found.prompt.slice(...span)).toBe(label);
      expect(tokenScores).toHaveLength(tokens.length);
      for (const value of [...tokenScores, score]) expect(value).toBeGreaterThan(0);
      expect(box[0]).toBeLessThanOrEqual(box[2]);
      expect(Math.max(box[0], box[2])).toBeLessThanOrEqual(120);
      expect(Math.max(box[1], box[3])).toBeLessThanOrEqual(96);
    }
  });

  it('is the same bits on the recorded pass as on later replays, and after other sizes and prompts', async () => {
    const first = numbers(await glip.detect(image, PROMPT, OPTIONS));
    await glip.detect(scene(96, 120, 3), { categories: ['cat'] }, OPTIONS);
    expect(numbers(await glip.detect(image, PROMPT, OPTIONS))).toEqual(first);
  });

  it('is the same in concurrent calls as alone', async () => {
    const other = scene(120, 96, 11);
    const alone = [await glip.detect(image, PROMPT, OPTIONS), await glip.detect(other, PROMPT, OPTIONS)];
    const together = await Promise.all([image, other].map((one) => glip.detect(one, PROMPT, OPTIONS)));
    expect(together.map(numbers)).toEqual(alone.map(numbers));
  });

  it('is of the bytes as they were when it was called', async () => {
    const before = numbers(await glip.detect(image, PROMPT, OPTIONS));
    const bytes = { ...image, data: Uint8Array.from(image.data) };
    const found = glip.detect(bytes, PROMPT, OPTIONS);
    bytes.data.fill(0);
    expect(numbers(await found)).toEqual(before);
  });

  it('is by the thresholds as they were when it was called', async () => {
    const copies = [{ dog: 0 }, [0, 0, 0], new Map([['dog', 0]])].map(async (threshold) => {
      const options = { threshold };
      const before = numbers(await glip.detect(image, PROMPT, options));
      const found = glip.detect(image, PROMPT, options);
      if (threshold instanceof Map) threshold.set('dog', 1);
      else Object.assign(threshold, Array.isArray(threshold) ? [1, 1, 1] : { dog: 1 });
      Object.assign(options, { threshold: 1 });
      expect(numbers(await found)).toEqual(before);
      return before.length;
    });
    for (const length of await Promise.all(copies)) expect(length).toBeGreaterThan(0);
  });

  it('needs one transfer from the GPU', async () => {
    const { readBacks, dispatches } = await profile(glip.device, () => glip.detect(image, PROMPT));
    expect(readBacks).toBe(1);
    expect(dispatches.length).toBeGreaterThan(100);
  });

  it('can be thresholded again without the model', async () => {
    const grounding = await glip.ground(image, PROMPT);
    const all = grounding.detections({ threshold: 0 });
    const limit = all[Math.floor(all.length / 2)].score;
    const again = [...grounding.detections({ threshold: limit })];
    expect(again).toEqual(all.filter(({ score }) => score > limit));
    const elsewhere = Grounding.fromData(structuredClone(grounding.toData()));
    expect(elsewhere.detections({ threshold: limit })).toEqual(grounding.detections({ threshold: limit }));
    const onlyDogs = grounding.detections({ threshold: [0, 1, 1] });
    expect(new Set(onlyDogs.map(({ label }) => label))).toEqual(new Set(['dog']));
  });

  it('of a prompt with words that the model never saw comes with a warning', async () => {
    const found = await glip.detect(image, { categories: ['dog', 'submarine', 'Ⅷ'] });
    expect(found.warnings.map(({ kind }) => kind)).toEqual(['unknown-word', 'unseen-word']);
    expect(found.warnings[1].message).toContain('submarine');
  });
});

describe('memory', () => {
  it('stays flat over 100 detections', async () => {
    await glip.detect(image, PROMPT);
    const before = glip.device.memory;
    for (let i = 0; i < 100; i++) await glip.detect(image, PROMPT);
    const after = glip.device.memory;
    expect(after.allocated).toBe(before.allocated);
    expect(after.live).toBe(before.live);
  });

  it('is estimated within 10 % before anything is allocated', async () => {
    using fresh = await Glip.load(emojiTiny);
    await fresh.detect(scene(160, 160, 5), PROMPT);
    const { peakBytes } = fresh.estimate({ imageSize: [160, 160], tokens: 9, phrases: 3 });
    expect(Math.abs(peakBytes / fresh.device.memory.peak - 1)).toBeLessThan(0.1);
  });
});

it('a tuned model finds the same, whatever plans are chosen', async () => {
  using tuned = await Glip.load(emojiTiny, { tuned: false });
  const size = { imageSize: [128, 160], tokens: 9, phrases: 3 } as const;
  const found = await tuned.tune(size, { budgetMs: 500, remember: false });
  expect(found.length).toBeGreaterThan(0);
  const [actual, expected] = [tuned, glip].map((model) => model.detect(image, PROMPT, OPTIONS));
  const [a, b] = [numbers(await actual), numbers(await expected)];
  expect(a.length).toBe(b.length);
  for (const [i, value] of a.entries()) expect(Math.abs(value - b[i])).toBeLessThan(1e-3);
});

describe('weights of f16', () => {
  it('take half the memory on the GPU, and estimates know it', async () => {
    using half = await Glip.load(emojiTiny, { dtype: 'f16' });
    expect(half.parameterBytes / glip.parameterBytes).toBeLessThan(0.53);

    await half.detect(scene(160, 160, 5), PROMPT);
    const size = { imageSize: [160, 160], tokens: 9, phrases: 3 } as const;
    const { peakBytes } = half.estimate(size);
    expect(Math.abs(peakBytes / half.device.memory.peak - 1)).toBeLessThan(0.1);
    expect(peakBytes).toBeLessThan(glip.estimate(size).peakBytes);
  });

  it('give the same bits from a checkpoint that is stored as f16', async () => {
    const file = parseSafetensors(readFileSync(emojiTiny.weights));
    const stored = writeSafetensors(
      file.names.map((name) => {
        const { dtype, shape } = file.info(name);
        const matrix = dtype === 'F32' && shape.filter((length) => length > 1).length > 1;
        return matrix
          ? [name, { dtype: 'F16', shape, data: f32ToF16(file.f32(name), name) }]
          : [name, { dtype, shape, data: file.bytes(name) }];
      }),
    );
    using fromF32 = await Glip.load(emojiTiny, { dtype: 'f16' });
    using fromF16 = await Glip.load({ ...emojiTiny, weights: stored }, { dtype: 'f16' });
    using widened = await Glip.load({ ...emojiTiny, weights: stored });
    const expected = numbers(await fromF32.detect(image, PROMPT, OPTIONS));
    expect(expected.length).toBeGreaterThan(0);
    expect(numbers(await fromF16.detect(image, PROMPT, OPTIONS))).toEqual(expected);
    expect(numbers(await widened.detect(image, PROMPT, OPTIONS))).toEqual(expected);
  });
});

describe('weights of q8', () => {
  it('take less than a third of the memory on the GPU, and estimates know it', async () => {
    using small = await Glip.load(emojiTiny, { dtype: 'q8' });
    expect(small.parameterBytes / glip.parameterBytes).toBeLessThan(0.32);

    await small.detect(scene(160, 160, 5), PROMPT);
    const size = { imageSize: [160, 160], tokens: 9, phrases: 3 } as const;
    const { peakBytes } = small.estimate(size);
    expect(Math.abs(peakBytes / small.device.memory.peak - 1)).toBeLessThan(0.1);
    expect(peakBytes).toBeLessThan(glip.estimate(size).peakBytes);
  });

  it('give the same bits from a checkpoint that is stored so, also if it is loaded as f32', async () => {
    const { file } = await openModel(emojiTiny);
    const converted = toSafetensors(file, { q8: true });
    const parts: Uint8Array[] = [];
    for await (const part of converted.chunks()) parts.push(Uint8Array.from(part));
    const weights = new Blob(parts as BlobPart[]);
    expect(weights.size / file.names.reduce((sum, name) => sum + bytesOf(file.info(name)), 0)).toBeLessThan(
      0.33,
    );
    const stored = { ...emojiTiny, weights };
    using quantized = await Glip.load(emojiTiny, { dtype: 'q8' });
    using same = await Glip.load(stored, { dtype: 'q8' });
    using widened = await Glip.load(stored);
    const expected = numbers(await quantized.detect(image, PROMPT, OPTIONS));
    expect(expected.length).toBeGreaterThan(0);
    expect(numbers(await same.detect(image, PROMPT, OPTIONS))).toEqual(expected);
    expect(numbers(await widened.detect(image, PROMPT, OPTIONS))).toEqual(expected);
    expect(await quantized.fingerprint()).toBe(await glip.fingerprint());
  });
});

/** Bytes of a tensor as f32, and of integers as they are. */
function bytesOf({ dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] }): number {
  return shape.reduce((product, n) => product * n, dtype === 'I64' ? 8 : 4);
}

describe('bad input', () => {
  const bad: [string, unknown, unknown, string][] = [
    ['no image', undefined, PROMPT, 'ImageError'],
    [
      'an image of no size',
      { data: new Uint8Array(0), width: 0, height: 5, channels: 3 },
      PROMPT,
      'ImageError',
    ],
    ['too few bytes', { data: new Uint8Array(5), width: 2, height: 2, channels: 3 }, PROMPT, 'ImageError'],
    [
      'floats',
      { data: new Float32Array(12).fill(Number.NaN), width: 2, height: 2, channels: 3 },
      PROMPT,
      'ImageError',
    ],
    ['two channels', { data: new Uint8Array(8), width: 2, height: 2, channels: 2 }, PROMPT, 'ImageError'],
    ['no prompt', image, undefined, 'PromptError'],
    ['no categories', image, { categories: [] }, 'PromptError'],
    ['text without words', image, { categories: ['...'] }, 'PromptError'],
    ['an empty caption', image, { caption: ' ' }, 'PromptError'],
    ['a span outside of the caption', image, { caption: 'a dog', spans: [[2, 99]] }, 'PromptError'],
  ];

  it.each(bad)('%s is a typed error, and the model goes on working', async (_, picture, prompt, name) => {
    const before = numbers(await glip.detect(image, PROMPT, OPTIONS));
    await expect(glip.detect(picture as RawImage, prompt as typeof PROMPT)).rejects.toMatchObject({ name });
    expect(numbers(await glip.detect(image, PROMPT, OPTIONS))).toEqual(before);
  });

  it('a threshold out of range is a typed error', async () => {
    await expect(glip.detect(image, PROMPT, { threshold: 2 })).rejects.toMatchObject({
      name: 'DetectionError',
    });
    await expect(glip.detect(image, PROMPT, { threshold: [0.5] })).rejects.toMatchObject({
      name: 'DetectionError',
    });
  });

  it('an unknown dtype is a typed error, before anything is read', async () => {
    await expect(Glip.load('/nowhere', { dtype: 'int8' as 'f16' })).rejects.toMatchObject({
      name: 'ModelError',
      message: "dtype is int8, expected 'f32', 'f16' or 'q8'",
    });
  });

  it('an aborted call rejects with the reason, and the next one works', async () => {
    await expect(glip.detect(image, PROMPT, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    const controller = new AbortController();
    const call = glip.detect(image, PROMPT, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect((await glip.detect(image, PROMPT, OPTIONS)).length).toBeGreaterThan(0);
  });
});

describe('weights', () => {
  const file = parseSafetensors(readFileSync(emojiTiny.weights));
  const entries = (change: (name: string) => string | undefined) =>
    writeSafetensors(
      file.names.flatMap((name) => {
        const renamed = change(name);
        const { dtype, shape } = file.info(name);
        return renamed === undefined ? [] : [[renamed, { dtype, shape, data: file.bytes(name) }] as const];
      }),
    );

  it('that lack a parameter are refused by name', async () => {
    const weights = entries((name) => (name === 'rpn.head.bias0' ? undefined : name));
    await expect(Glip.load({ ...emojiTiny, weights })).rejects.toMatchObject({ missing: ['rpn.head.bias0'] });
  });

  it('with a parameter that the model does not know are refused by name', async () => {
    const weights = entries((name) => (name === 'rpn.head.bias0' ? 'rpn.head.bias1' : name));
    await expect(Glip.load({ ...emojiTiny, weights })).rejects.toMatchObject({
      missing: ['rpn.head.bias0'],
      unexpected: ['rpn.head.bias1'],
    });
  });

  it('with the prefix of several GPUs are the same weights', async () => {
    using prefixed = await Glip.load({ ...emojiTiny, weights: entries((name) => `module.${name}`) });
    expect(numbers(await prefixed.detect(image, PROMPT, OPTIONS))).toEqual(
      numbers(await glip.detect(image, PROMPT, OPTIONS)),
    );
  });

  it('that are not there are a typed error that says where', async () => {
    await expect(Glip.load('no/such/folder')).rejects.toMatchObject({ name: 'ModelError' });
    await expect(Glip.load('no/such/folder')).rejects.toThrow(/no\/such\/folder/);
    await expect(Glip.load('no/model.pth')).rejects.toThrow(/no\/model\.pth: no such file/);
    await expect(Glip.load('model.onnx')).rejects.toThrow(/only \.pth and \.safetensors/);
  });

  it('and vocabulary that do not belong together are refused', async () => {
    const vocabulary = new TextEncoder().encode('[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n');
    await expect(Glip.load({ ...emojiTiny, vocabulary })).rejects.toMatchObject({ name: 'ModelError' });
  });
});

describe('a device that is destroyed', () => {
  it('in the middle of a call rejects it within 2 s, and a reload gives the same bits', async () => {
    using own = await Glip.load(emojiTiny);
    const before = numbers(await own.detect(image, PROMPT, OPTIONS));
    const call = own.detect(image, PROMPT);
    own.device.gpu.destroy();
    const start = performance.now();
    await expect(call).rejects.toBeInstanceOf(DeviceError);
    expect(performance.now() - start).toBeLessThan(2000);
    await expect(own.detect(image, PROMPT)).rejects.toBeInstanceOf(DeviceError);
    await own.reload();
    expect(numbers(await own.detect(image, PROMPT, OPTIONS))).toEqual(before);
  });

  it('in the middle of the first detection, whose kernels compile, rejects it within 2 s', async () => {
    using own = await Glip.load(emojiTiny);
    const call = own.detect(image, PROMPT).catch((error: unknown) => error);
    const left = await new Promise<number>((resolve) => {
      own.device.onCompile(({ done, total }) => resolve(total - done));
    });
    expect(left).toBeGreaterThan(10);
    const start = performance.now();
    own.device.gpu.destroy();
    expect(await call).toBeInstanceOf(DeviceError);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('and was given is replaced by one of the model, which goes with it', async () => {
    const given = await openDevice();
    const own = await Glip.load(emojiTiny, { device: given });
    given.dispose();
    await own.reload();
    const { device } = own;
    expect(device).not.toBe(given);
    expect((await own.detect(image, PROMPT, OPTIONS)).length).toBeGreaterThan(0);
    own.dispose();
    await expect(device.lost).resolves.toMatchObject({ reason: 'disposed' });
  });
});
