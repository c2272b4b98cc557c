import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { byteSource, parseSafetensors, SafetensorsError, safetensorsToNumbers } from '@glip-wgpu/tensor-wgpu';
import { describe, expect, it } from 'vitest';
import type { CheckpointFile } from '../checkpoint-file.ts';
import { openCheckpoint } from '../open-checkpoint.ts';
import { trainingCheckpoint } from '../testing/pickle-writer.ts';
import { writeZip } from '../testing/zip-writer.ts';
import { TorchFileError } from './torch-error.ts';

// Files that PyTorch wrote: fixtures/torch/make.py.

interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const folder = new URL('../../../../fixtures/torch/', import.meta.url);
const expected: Record<string, Record<string, Expected>> = JSON.parse(
  readFileSync(new URL('expected.json', folder), 'utf8'),
);
const DTYPES: Record<string, string> = {
  ...{ float32: 'F32', float16: 'F16', bfloat16: 'BF16', float64: 'F64' },
  ...{ int64: 'I64', int32: 'I32', uint8: 'U8', bool: 'BOOL' },
};

function open(name: string): Promise<CheckpointFile> {
  return openCheckpoint(byteSource(new Uint8Array(readFileSync(new URL(`${name}.pth`, folder)))));
}

describe('a checkpoint that torch.save wrote', () => {
  it.each(Object.keys(expected))('%s: every tensor is read as PyTorch reads it', async (name) => {
    const file = await open(name);
    expect([...file.names].sort()).toEqual(Object.keys(expected[name]).sort());
    for (const [key, { dtype, shape, values }] of Object.entries(expected[name])) {
      const info = file.info(key);
      expect([info.dtype, info.shape], key).toEqual([DTYPES[dtype], shape]);
      expect([...safetensorsToNumbers(info.dtype, await file.bytes(key))], key).toEqual(values);
    }
  });

  it('gives only what is under model, without the prefix of several GPUs, in the order of the file', async () => {
    const { names } = await open('training');
    expect([...names].sort()).toEqual(Object.keys(expected['training']).sort());
    expect(names.some((name) => name.startsWith('module.'))).toBe(false);
  });

  it('is read in parts: of the optimizer, nothing', async () => {
    const bytes = new Uint8Array(readFileSync(new URL('training.pth', folder)));
    const read: [number, number][] = [];
    const whole = byteSource(bytes);
    const file = await openCheckpoint({
      size: whole.size,
      read: (start, end) => {
        read.push([start, end]);
        return whole.read(start, end);
      },
    });
    for (const name of file.names) await file.bytes(name);
    const total = read.reduce((sum, [start, end]) => sum + end - start, 0);
    expect(total).toBeLessThan(bytes.length);
    const text = Buffer.from(bytes).toString('latin1');
    const touched = (entry: string): boolean => {
      const at = text.indexOf(`training/data/${entry}`);
      return read.some(([start, end]) => start <= at && at < end && end - start < 4000);
    };
    const entries = [...text.matchAll(/training\/data\/(\d+)/g)].map(([, key]) => key);
    const untouched = new Set(entries.filter((key) => !touched(key)));
    expect(untouched.size).toBeGreaterThan(10); // model_ema, AdamW's two moments and steps
  });

  const extras = readdirSync(new URL('extras/', folder)).filter((file) => file !== 'small-integers.pth');
  it.each(extras)('extras/%s: its weights are read, whatever lies beside them', async (name) => {
    const file = await open(`extras/${name.replace('.pth', '')}`);
    expect([...file.names].sort()).toEqual(['a.bias', 'a.weight']);
    expect(safetensorsToNumbers('F32', await file.bytes('a.weight'))).toEqual(
      Float64Array.of(0, 1, 2, 3, 4, 5),
    );
    expect(safetensorsToNumbers('F32', await file.bytes('a.bias'))).toEqual(Float64Array.of(1, 2));
  });

  it('has tensors of 8 and 16 bit', async () => {
    const file = await open('extras/small-integers');
    const read = async (name: string) => [
      file.info(name).dtype,
      ...safetensorsToNumbers(file.info(name).dtype, await file.bytes(name)),
    ];
    expect(await read('int8')).toEqual(['I8', -3, 4]);
    expect(await read('int16')).toEqual(['I16', -300, 4]);
  });

  const refused: [name: string, code: string, message: RegExp][] = [
    ['legacy', 'legacy-pickle', /before 1\.6.*torch\.save/s],
    ['protocol-4', 'pickle-protocol', /protocol 4.*torch\.save\(torch\.load/s],
    [
      'whole-module',
      'pickle-global',
      /torch\.nn\.modules\.linear\.Linear.*no code is ever run.*torch\.save/s,
    ],
    ['torchscript', 'torchscript', /TorchScript.*torch\.jit\.load.*state_dict/s],
    ['nested', 'no-weights', /keys are "model"/],
    ['no-weights', 'no-weights', /keys are "epoch"/],
    ['list', 'no-weights', /a list of 1/],
    ['twice', 'duplicate-tensor', /with and without/],
    ['expanded', 'tensor-stride', /several times/],
  ];
  it.each(refused)('%s is refused as %s, and the message says what to do', async (name, code, message) => {
    await expect(open(name)).rejects.toMatchObject({
      name: 'TorchFileError',
      code,
      message: expect.stringMatching(message),
    });
  });

  it('no such tensor is a typed error', async () => {
    const file = await open('bare');
    expect(() => file.info('none')).toThrow(/none is not among its 2 tensors/);
    await expect(file.bytes('none')).rejects.toMatchObject({ code: 'no-such-tensor' });
  });
});

describe('damage', () => {
  it('of any of 2000 bits is an error, or lies in what is not read: never another number', async () => {
    const bytes = new Uint8Array(readFileSync(new URL('training.pth', folder)));
    const read = async (): Promise<Record<string, string>> => {
      const file = await openCheckpoint(byteSource(bytes));
      const tensors = file.names.map(async (name) => [
        name,
        Buffer.from(await file.bytes(name)).toString('hex'),
      ]);
      return Object.fromEntries(await Promise.all(tensors));
    };
    const intact = await read();
    let state = 20_261_127; // Park-Miller: the same bits on every run
    let errors = 0;
    for (let i = 0; i < 2000; i++) {
      state = (state * 48_271) % 2_147_483_647;
      const at = state % bytes.length;
      bytes[at] ^= 1 << (state & 7);
      try {
        expect(await read(), `byte ${at}`).toEqual(intact);
      } catch (error) {
        if (!(error instanceof TorchFileError || error instanceof SafetensorsError)) throw error;
        errors += 1;
      }
      bytes[at] ^= 1 << (state & 7);
    }
    expect(errors).toBeGreaterThan(500);
  });
});

describe('a file that is something else', () => {
  const wrong: [title: string, bytes: string, code: string, message: RegExp][] = [
    ['a web page', '\n<!DOCTYPE html><html></html>', 'web-page', /the link/],
    ['an answer of S3', '<?xml version="1.0"?><Error><Code>AccessDenied', 'web-page', /expired/],
    ['an answer in JSON', '{"error":"Invalid username or password."}', 'web-page', /login/],
    [
      'a pointer of Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid',
      'lfs-pointer',
      /git lfs pull/,
    ],
    ['a tar archive', `${'x'.repeat(257)}ustar`, 'legacy-tar', /Unpack/],
    [
      'a legacy pickle of protocol 4',
      '\x80\x04\x95\0\0\0\0\0\0\0\0\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.',
      'legacy-pickle',
      /1\.6/,
    ],
    ['a bare pickle', '\x80\x04N.', 'not-a-checkpoint', /pickle\.load/],
    ['an empty file', '', 'not-a-checkpoint', /empty/],
    ['zeros', '\0'.repeat(600), 'not-a-checkpoint', /did not finish/],
    ['a compressed archive', '\x1f\x8b\x08\0', 'not-a-checkpoint', /unpack/],
    ['text', 'hello, this is not a checkpoint', 'not-a-checkpoint', /neither.*68 65 6c 6c 6f/],
    ['random bytes', '\x93\x1f\x02\xaa\xde\x01\x77\x90\x5c{', 'not-a-checkpoint', /neither/],
    ['random bytes with {', '\x93\x1f\x02\xaa\xde\x01\x77\x90{\x5c', 'not-a-checkpoint', /neither/],
    ['3 bytes', 'abc', 'not-a-checkpoint', /3 bytes/],
    ['safetensors that were cut off', '\xff\0\0\0\0\0\0\0{"a":', 'header-past-end', /safetensors/],
  ];
  it.each(wrong)('%s is refused with a reason that fits', async (_, text, code, message) => {
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const refused = expect(openCheckpoint(byteSource(bytes))).rejects;
    await refused.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('a zip archive of other things is refused with what it holds', async () => {
    const zip = writeZip([{ name: 'x.npy', data: new Uint8Array(3) }]);
    await expect(openCheckpoint(byteSource(zip))).rejects.toMatchObject({
      code: 'zip-missing',
      message: expect.stringMatching(/holds "x\.npy"/),
    });
  });
});

describe('the embedded model', () => {
  const embedded = parseSafetensors(
    readFileSync(new URL('../../../emoji-tiny/model/model.safetensors', import.meta.url)),
  );

  it('as the original code saves it in training is, bit for bit, what its safetensors file holds', async () => {
    const tensors = embedded.names
      .filter((name) => embedded.info(name).dtype === 'F32')
      .map((name) => [name, embedded.info(name).shape, embedded.f32(name)] as const);
    expect(tensors.length).toBeGreaterThan(200);
    const file = await openCheckpoint(byteSource(trainingCheckpoint(tensors)));
    expect([...file.names].sort()).toEqual(tensors.map(([name]) => name).sort());
    for (const [name, shape] of tensors) {
      expect(file.info(name), name).toEqual({ dtype: 'F32', shape });
      expect(Buffer.compare(await file.bytes(name), embedded.bytes(name)), name).toBe(0);
    }
  });
});

// The files that its training wrote, 15 MB, are not in the repository. Where they are, they are compared too.
for (const name of ['emoji-tiny', 'emoji-tiny-long']) {
  const folder = join(process.env['GLIP_TEST_DATA'] ?? '', 'reference', name);
  if (!existsSync(folder)) continue;
  it(`the checkpoint of ${name} is, bit for bit, its safetensors twin`, async () => {
    const file = await openCheckpoint(byteSource(readFileSync(join(folder, 'emoji_tiny.pth'))));
    const twin = parseSafetensors(readFileSync(join(folder, 'emoji_tiny.safetensors')));
    expect(twin.names.length).toBeGreaterThan(200);
    for (const tensor of twin.names) {
      expect(file.info(tensor).shape, tensor).toEqual(twin.info(tensor).shape);
      expect(Buffer.compare(await file.bytes(tensor), twin.bytes(tensor)), tensor).toBe(0);
    }
  });
}
