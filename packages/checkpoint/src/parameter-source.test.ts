import { byteSource, writeSafetensors } from '@glip-wgpu/tensor-wgpu';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from './open-checkpoint.ts';
import { parameterSource } from './parameter-source.ts';

describe('parameters of a checkpoint', () => {
  it('are floating-point numbers; an integer dtype is refused with the name', async () => {
    const bytes = writeSafetensors([
      ['module.a', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }],
      ['b', { dtype: 'I64', shape: [1], data: BigInt64Array.of(7n) }],
    ]);
    const source = parameterSource(await openCheckpoint(byteSource(bytes)));
    expect(await source.read('a')).toEqual(Float32Array.of(1, 2));
    await expect(source.read('b')).rejects.toThrow(/b is stored as I64, expected floating-point numbers/);
  });
});
