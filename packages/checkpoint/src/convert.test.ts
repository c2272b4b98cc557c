import { readFileSync } from 'node:fs';
import { byteSource, f16ToF32, f32ToF16, parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import { describe, expect, it } from 'vitest';
import { toSafetensors } from './convert.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import type { ConvertOptions } from './stored-form.ts';
import { joined } from './testing/zip-writer.ts';

const folder = new URL('../../../fixtures/torch/', import.meta.url);

async function convert(name: string, options: ConvertOptions = {}) {
  const source = await openCheckpoint(
    byteSource(new Uint8Array(readFileSync(new URL(`${name}.pth`, folder)))),
  );
  const converted = toSafetensors(source, options);
  const chunks: Uint8Array[] = [];
  for await (const chunk of converted.chunks()) chunks.push(Uint8Array.from(chunk));
  const bytes = joined(chunks);
  expect(bytes.length).toBe(converted.size);
  return { source, file: parseSafetensors(bytes), tensors: converted.tensors };
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
});
