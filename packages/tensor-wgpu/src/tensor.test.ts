import { afterAll, describe, expect, it } from 'vitest';
import { openDevice } from './device/open-device.ts';
import { f32ToF16 } from './f16.ts';

const device = await openDevice();
afterAll(() => device.dispose());

describe('a tensor', () => {
  it('is read in the array of its dtype, f16 as f32', async () => {
    expect(await device.tensor([1, 2.5], [2]).read()).toEqual(Float32Array.of(1, 2.5));
    expect(await device.tensor(Int32Array.of(-1, 2), [2]).read()).toEqual(Int32Array.of(-1, 2));
    expect(await device.tensor(Uint32Array.of(2 ** 32 - 1), [1]).read()).toEqual(Uint32Array.of(2 ** 32 - 1));
    const halves = device.tensor(f32ToF16(Float32Array.of(0.5, -2, 3)), [3], 'f16');
    expect(await halves.read()).toEqual(Float32Array.of(0.5, -2, 3));
  });

  it('becomes nested arrays, or a number', async () => {
    expect(await device.tensor([1, 2, 3, 4, 5, 6], [1, 2, 3]).toArray()).toEqual([
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ]);
    expect(await device.tensor([7], []).toArray()).toBe(7);
    expect(await device.empty([2, 0]).toArray()).toEqual([[], []]);
  });

  it('says its dtype and shape, and what was read of it', async () => {
    const x = device.tensor([1, 2, 3, 4, 5, 6, 7.125, 8], [2, 4]);
    expect(`${x}`).toBe('Tensor f32 [2, 4]');
    await x.read();
    expect(`${x}`).toBe('Tensor f32 [2, 4] (read: 1, 2, 3, 4, 5, 6, …)');
    x.dispose();
    expect(`${x}`).toBe('Tensor f32 [2, 4], disposed (read: 1, 2, 3, 4, 5, 6, …)');
  });
});
