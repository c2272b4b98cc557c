import { readFileSync } from 'node:fs';
import { byteSource, f16ToF32, f32ToF16, parseSafetensors, writeSafetensors } from '@glip-wgpu/tensor-wgpu';
import { quantizeParameter } from '@glip-wgpu/tensor-wgpu/nn';
import { describe, expect, it } from 'vitest';
import { type ConvertedFile, toSafetensors } from './convert.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import type { ConvertOptions } from './stored-form.ts';
import { joined } from './testing/zip-writer.ts';

const folder = new URL('../../../fixtures/torch/', import.meta.url);

async function convert(name: string, options: ConvertOptions = {}) {
  const source = await openCheckpoint(
    byteSource(new Uint8Array(readFileSync(new URL(`${name}.pth`, folder)))),
  );
  const converted = toSafetensors(source, options);
  const bytes = await collected(converted);
  return { source, file: parseSafetensors(bytes), tensors: converted.tensors };
}

async function collected(converted: ConvertedFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of converted.chunks()) chunks.push(Uint8Array.from(chunk));
  const bytes = joined(chunks);
  expect(bytes.length).toBe(converted.size);
  return bytes;
}

describe('a .pth as safetensors', () => {
  it.each(['bare', 'dtypes', 'shapes', 'views', 'training'])(
    '%s holds the same tensors, bit for bit',
    async (name) => {
      const { source, file, tensors } = await convert(name);
      expect([...file.names].sort()).toEqual([...source.names].sort());
      expect(tensors).toBe(source.names.length);
      for (const tensor of source.names) {
        expect(file.info(tensor)).toMatchObject(source.info(tensor));
        expect(file.bytes(tensor), tensor).toEqual(Uint8Array.from(await source.bytes(tensor)));
      }
    },
  );

  it('as f16 narrows matrices, and leaves vectors, integers and what is f16', async () => {
    const { source, file } = await convert('dtypes', { f16: true });
    const dtypes = Object.fromEntries(file.names.map((name) => [name, file.info(name).dtype]));
    expect(dtypes).toEqual({
      f32: 'F16',
      f16: 'F16',
      bf16: 'BF16',
      f64: 'F64',
      i64: 'I64',
      i32: 'I32',
      u8: 'U8',
      bool: 'BOOL',
    });
    const original = new Float32Array(Uint8Array.from(await source.bytes('f32')).buffer);
    expect(file.f32('f32')).toEqual(f16ToF32(f32ToF16(original)));
  });

  it('as q8 holds integers and scales, f16 of few inputs or numbers, and vectors as they were', async () => {
    const numbers = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(i) / 3);
    const tensor = (...shape: number[]) =>
      ({ dtype: 'F32', shape, data: numbers(shape.reduce((a, b) => a * b, 1)) }) as const;
    const given = writeSafetensors([
      ['module.fc.weight', tensor(240, 37)],
      ['conv.weight', tensor(60, 40, 2, 2)],
      ['small.weight', tensor(5, 37)],
      ['first.weight', tensor(6, 3, 2, 2)],
      ['fc.bias', tensor(5)],
      ['ids', { dtype: 'I64', shape: [2, 20], data: new BigInt64Array(40) }],
    ]);
    const file = await openCheckpoint(byteSource(given));
    const bytes = await collected(toSafetensors(file, { q8: true }));
    const written = parseSafetensors(bytes);
    expect(
      Object.fromEntries(
        written.names.map((name) => {
          const { dtype, shape } = written.info(name);
          return [name, `${dtype} ${shape}`];
        }),
      ),
    ).toEqual({
      'fc.weight': 'I8 240,37',
      'fc.weight.scale': 'F16 240,2',
      'conv.weight': 'I8 60,40,2,2',
      'conv.weight.scale': 'F16 60,2,2,2',
      'small.weight': 'F16 5,37',
      'first.weight': 'F16 6,3,2,2',
      'fc.bias': 'F32 5',
      ids: 'I64 2,20',
    });
    // Output 1, input 33, place (1, 0) of the kernel: in the second group.
    const at = (1 * 40 + 33) * 4 + 2;
    const scale = written.f32('conv.weight.scale')[(1 * 2 + 1) * 4 + 2];
    const value = written.numbers('conv.weight')[at] * scale;
    expect(Math.abs(value - numbers(9600)[at])).toBeLessThanOrEqual(scale / 2);
    const quantized = quantizeParameter('conv.weight', numbers(9600), [60, 40, 2, 2]);
    expect(Int8Array.from(written.numbers('conv.weight'))).toEqual(quantized.values);
    expect(written.f16('conv.weight.scale')).toEqual(quantized.scales);

    const again = await openCheckpoint(byteSource(bytes));
    expect(await collected(toSafetensors(again, { q8: true }))).toEqual(bytes);
    expect(await collected(toSafetensors(again))).toEqual(bytes);
    expect(() => toSafetensors(file, { q8: true, f16: true })).toThrow(TypeError);
  });
});
