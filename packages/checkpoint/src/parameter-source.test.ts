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

  describe('of 8 bits', () => {
    const values = Int8Array.from({ length: 2 * 33 }, (_, i) => i - 30);
    const scales = Uint16Array.of(0x3c00, 0x3800, 0x4000, 0);
    type Entry = Parameters<typeof writeSafetensors>[0] extends Iterable<infer E> ? E : never;
    const integers: Entry = ['module.w', { dtype: 'I8', shape: [2, 33], data: values }];
    const open = async (...entries: Entry[]) =>
      parameterSource(await openCheckpoint(byteSource(writeSafetensors(entries))));

    it('come with their scales, which are no parameters', async () => {
      const source = await open(integers, ['module.w.scale', { dtype: 'F16', shape: [2, 2], data: scales }]);
      expect([...source.names]).toEqual(['w']);
      expect(source.shape('w')).toEqual([2, 33]);
      expect(source.shape('w.scale')).toBeUndefined();
      expect(await source.read('w')).toEqual({ values, scales });
    });

    const wrong: [title: string, entries: Entry[], message: RegExp][] = [
      ['without scales', [], /w is stored as I8 \[2,33\], expected w\.scale of F16 \[2,2\]; .* missing/],
      [
        'with scales of another shape',
        [['w.scale', { dtype: 'F16', shape: [4], data: scales }]],
        /F16 \[4\]/,
      ],
      [
        'with scales of another dtype',
        [['w.scale', { dtype: 'F32', shape: [2, 2], data: new Float32Array(4) }]],
        /F32 \[2,2\]/,
      ],
    ];
    it.each(wrong)('%s are refused by shape and by number', async (_, entries, message) => {
      const source = await open(integers, ...entries);
      const refused = { name: 'SafetensorsError', code: 'conversion' };
      expect(() => source.shape('w')).toThrow(message);
      await expect(source.read('w')).rejects.toMatchObject(refused);
    });

    it('and one axis are refused', async () => {
      const source = await open(
        ['b', { dtype: 'I8', shape: [4], data: new Int8Array(4) }],
        ['b.scale', { dtype: 'F16', shape: [4], data: scales }],
      );
      expect(() => source.shape('b')).toThrow(/at least two axes/);
    });

    it('do not take the scale of a layer norm, or of anything but integers, for their own', async () => {
      const source = await open(
        ['w', { dtype: 'F32', shape: [2], data: new Float32Array(2) }],
        ['w.scale', { dtype: 'F16', shape: [4], data: scales }],
      );
      expect([...source.names].sort()).toEqual(['w', 'w.scale']);
    });
  });
});
