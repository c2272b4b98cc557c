import { readFileSync } from 'node:fs';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import {
  openDevice,
  parseSafetensors,
  type SafetensorsEntry,
  writeSafetensors,
} from '@glip-wgpu/tensor-wgpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Detections } from '../detect/grounding.ts';
import { AdapterError } from '../errors.ts';
import { Glip } from '../glip.ts';
import { PROMPT_ROWS } from '../network/prompt-rows.ts';
import { scene } from '../testing/scene.ts';
import type { Adapter, AdapterParameter } from './adapter.ts';
import { readAdapter, writeAdapter } from './adapter-file.ts';

const PROMPT = { categories: ['dog', 'green car'] };
const TEXT = 'dog. green car';
const BIAS = 'rpn.head.bias0';
const IMAGE = scene(96, 64, 5);
const DIM = 64; // of emoji-tiny's text features
const ROWS = 64; // its longest text

const numbers = (found: Detections): number[] => found.flatMap(({ box, score }) => [...box, score]);
const detect = async (glip: Glip, adapter?: Adapter | null): Promise<number[]> =>
  numbers(await glip.detect(IMAGE, PROMPT, { threshold: 0, adapter }));

/** emoji-tiny's checkpoint with some parameters replaced or added. */
function modelWith(parameters: ReadonlyMap<string, AdapterParameter>) {
  const file = parseSafetensors(readFileSync(emojiTiny.weights));
  const entries = new Map<string, SafetensorsEntry>(
    file.names.map((name) => [name, { ...file.info(name), data: file.bytes(name).slice() }]),
  );
  for (const [name, { shape, numbers }] of parameters)
    entries.set(name, { dtype: 'F32', shape, data: numbers });
  return { ...emojiTiny, weights: writeSafetensors(entries) };
}

const bias = (value: number) => new Map([[BIAS, { shape: [1], numbers: Float32Array.of(value) }]]);
const rows = (scale: number, count = ROWS) =>
  new Map([
    [
      PROMPT_ROWS,
      {
        shape: [count, DIM],
        numbers: Float32Array.from({ length: count * DIM }, (_, i) => scale * Math.sin(0.7 * i)),
      },
    ],
  ]);

let glip: Glip;
let plain: number[];
let fingerprint: string;
beforeAll(async () => {
  glip = await Glip.load(emojiTiny);
  plain = await detect(glip);
  fingerprint = await glip.fingerprint();
});
afterAll(() => glip.dispose());

function adapter(parameters: Adapter['parameters'], given: Partial<Adapter> = {}): Adapter {
  const base = { name: 'emoji-tiny', fingerprint };
  return {
    base,
    mode: 'test',
    prompt: PROMPT,
    text: TEXT,
    metrics: { 'val AP50': 0.5 },
    parameters,
    ...given,
  };
}

async function withModel<T>(
  parameters: Adapter['parameters'],
  body: (model: Glip) => Promise<T>,
): Promise<T> {
  using device = await openDevice();
  using model = await Glip.load(modelWith(parameters), { device });
  return await body(model);
}

describe('the fingerprint of a model', () => {
  it('is the same for f16 weights, and differs when one number does', async () => {
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    using half = await Glip.load(emojiTiny, { dtype: 'f16' });
    expect(await half.fingerprint()).toBe(fingerprint);
    expect(await withModel(bias(-4), (model) => model.fingerprint())).not.toBe(fingerprint);
  });
});

describe('an adapter', () => {
  it('gives the bits of a checkpoint with its parameters, and leaves the model as it was', async () => {
    const expected = await withModel(bias(-4), detect);
    expect(expected).not.toEqual(plain);
    expect(await detect(glip, adapter(bias(-4)))).toEqual(expected);
    expect(await detect(glip)).toEqual(plain);
  });

  it('of learned rows gives the bits of a prompt-tuned checkpoint; rows of zeros change nothing', async () => {
    const expected = await withModel(rows(0.5), detect);
    expect(expected).not.toEqual(plain);
    expect(await detect(glip, adapter(rows(0.5)))).toEqual(expected);
    expect(await detect(glip, adapter(rows(0)))).toEqual(plain);
  });

  it('of learned rows for more tokens than the model reads, as the original has, works with f16 weights', async () => {
    using half = await Glip.load(emojiTiny, { dtype: 'f16' });
    expect(await detect(half, adapter(rows(0, 1000)))).toEqual(await detect(half));
    expect(await detect(half, adapter(rows(0.5, 1000)))).not.toEqual(await detect(half));
    using tuned = await Glip.load(modelWith(rows(0.5, 1000)), { dtype: 'f16' });
    expect(tuned.config.text.promptRows).toBe(1000);
    expect(await detect(tuned)).toEqual(await detect(half, adapter(rows(0.5, 1000))));
  });

  it('can be switched from call to call, also concurrently, and more than are kept', async () => {
    const many = Array.from({ length: 18 }, (_, i) => adapter(bias(-5 + 0.1 * i)));
    const first = await detect(glip, many[0]);
    const all = await Promise.all(many.map((one) => detect(glip, one)));
    expect(new Set(all.map(String)).size).toBe(18);
    expect(await detect(glip, many[0])).toEqual(first);
    expect(all[0]).toEqual(first);
  });

  it('that was given to load is used by default, after a reload too, unless a call says null', async () => {
    using model = await Glip.load(emojiTiny, { adapter: adapter(bias(-4)) });
    const expected = await detect(glip, adapter(bias(-4)));
    expect(await detect(model)).toEqual(expected);
    expect(await detect(model, null)).toEqual(plain);
    await model.reload();
    expect(await detect(model)).toEqual(expected);
  });

  it('of pictures of another size resizes to it', async () => {
    const own = adapter(bias(-4), { image: { minSize: 96, maxSize: 128 } });
    const config = { ...glip.config, image: { ...glip.config.image, minSize: 96, maxSize: 128 } };
    using model = await Glip.load({ ...modelWith(bias(-4)), config });
    expect(await detect(glip, own)).toEqual(await detect(model));
    expect(await detect(glip, own)).not.toEqual(await detect(glip, adapter(bias(-4))));
    expect(await readAdapter(writeAdapter(own))).toEqual(own);
  });

  it('knows the words that it was trained with', async () => {
    const prompt = { categories: ['platelet', 'zeppelin'] };
    const own = adapter(bias(-4), { prompt, text: 'Platelet' });
    const warned = async (given: Adapter | null) =>
      (await glip.detect(IMAGE, prompt, { adapter: given })).warnings.map(
        ({ message }) => message.split(' ')[0],
      );
    expect(await warned(null)).toEqual(['"platelet"', '"zeppelin"']);
    expect(await warned(own)).toEqual(['"zeppelin"']);
  });

  it('keeps all bits in its file', async () => {
    const own = adapter(new Map([...bias(-4), ...rows(0.5)]));
    expect(await readAdapter(writeAdapter(own))).toEqual(own);
  });

  it('of another model is refused by name', async () => {
    const other = adapter(bias(-4), { base: { name: 'glip-t', fingerprint: 'ab'.repeat(32) } });
    await expect(detect(glip, other)).rejects.toMatchObject({ name: 'AdapterError', code: 'base' });
    await expect(detect(glip, other)).rejects.toThrow(/trained on glip-t \(fingerprint abababababab\)/);
    await expect(Glip.load(emojiTiny, { adapter: other })).rejects.toThrow('trained on glip-t');
  });

  it('with parameters that the model does not have is refused', async () => {
    const shape = [2];
    const wrong = adapter(new Map([[BIAS, { shape, numbers: new Float32Array(2) }]]));
    await expect(detect(glip, wrong)).rejects.toThrow('its rpn.head.bias0 is [2], that of the model [1]');
    const unknown = adapter(new Map([['rpn.none', { shape, numbers: new Float32Array(2) }]]));
    await expect(detect(glip, unknown)).rejects.toThrow(
      'its rpn.none is [2], that of the model does not exist',
    );
    const narrow = adapter(new Map([[PROMPT_ROWS, { shape, numbers: new Float32Array(2) }]]));
    await expect(detect(glip, narrow)).rejects.toThrow(
      'its rpn.tunable_linear.weight is [2], expected [rows, 64]',
    );
    await expect(detect(glip, adapter(rows(1, 3)))).rejects.toThrow(
      'has 3 rows, the model reads texts of 64 tokens',
    );
  });

  it('of learned rows refuses another prompt; one without serves every prompt', async () => {
    const other = { categories: ['green car', 'dog'] };
    const run = (own: Adapter) => glip.detect(IMAGE, other, { adapter: own });
    await expect(run(adapter(rows(0.5)))).rejects.toThrow(
      'its learned rows belong to the prompt "dog. green car", and were given "green car. dog"',
    );
    await expect(run(adapter(bias(-4)))).resolves.toBeDefined();
  });
});

describe('the file of an adapter', () => {
  const file = () => writeAdapter(adapter(bias(-4)));
  const described = (about: unknown) =>
    writeSafetensors(
      [[BIAS, { dtype: 'F32', shape: [1], data: new Float32Array(1) }]],
      [
        ['format', 'glip-adapter'],
        ['version', '1'],
        ['adapter', typeof about === 'string' ? about : JSON.stringify(about)],
      ],
    );
  const { parameters: _, ...about } = adapter(bias(-4), { base: { name: 'emoji-tiny', fingerprint: 'ab' } });
  const noPrompt = { ...about, prompt: {} };
  it.each([
    ['cut off', () => file().slice(0, -2), 'safetensors'],
    ['empty', () => new Uint8Array(0), 'safetensors'],
    ['a model', () => readFileSync(emojiTiny.weights), 'it is no adapter'],
    ['with a NaN', () => writeAdapter(adapter(bias(Number.NaN))), 'its rpn.head.bias0[0] is NaN'],
    ['without parameters', () => writeAdapter(adapter(new Map())), 'it holds no parameters'],
    ['without JSON', () => described('{'), 'its metadata holds no description'],
    ['without a base', () => described({ ...about, base: 3 }), 'its base is no object'],
    ['without a prompt', () => described(noPrompt), 'its prompt has neither categories nor a caption'],
    ['without a text', () => described({ ...about, text: 1 }), 'its text is no text'],
    [
      'with impossible sizes',
      () => described({ ...about, image: { minSize: 64, maxSize: 32 } }),
      'its image has the sizes 64 and 32',
    ],
    [
      'with a metric that is no number',
      () => described({ ...about, metrics: { AP: 'x' } }),
      'its metric "AP"',
    ],
  ])('%s is refused', async (_, bytes, message) => {
    const error = await readAdapter(new Uint8Array(bytes())).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(AdapterError);
    expect(error).toMatchObject({ code: 'file', message: expect.stringContaining(message) });
  });

  it('that does not exist is named', async () => {
    await expect(readAdapter('/no/such/adapter.safetensors')).rejects.toThrow(
      'adapter: /no/such/adapter.safetensors: ',
    );
  });
});
