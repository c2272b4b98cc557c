import { afterAll, expect, it } from 'vitest';
import { openDevice } from '../../device/open-device.ts';
import { f16ToF32 } from '../../f16.ts';
import { cast } from './cast.ts';

const device = await openDevice();
afterAll(() => device.dispose());

it('cuts off fractions, clamps to what integers hold, and rounds to halves', async () => {
  const x = device.tensor([-2.7, 2.7, -3e9, 5e9], [4]);
  const [signed, unsigned, halves] = await device.read([
    cast(x, 'i32'),
    cast(x, 'u32'),
    cast(device.tensor([1 / 3, -65504, 0, 1], [4]), 'f16'),
  ]);
  expect([...signed]).toEqual([-2, 2, -(2 ** 31), 2 ** 31 - 128]);
  expect([...unsigned]).toEqual([0, 2, 0, 2 ** 32 - 256]);
  expect([...f16ToF32(halves as Uint16Array)]).toEqual([0.333251953125, -65504, 0, 1]);
});
