import { afterAll, expect, it } from 'vitest';
import { openDevice } from './device/open-device.ts';
import { ShapeError } from './errors.ts';
import { q8Storage } from './q8.ts';
import { parseSafetensors } from './safetensors/safetensors.ts';
import { collect, streamSafetensors } from './safetensors/stream.ts';
import { storedTensor } from './stored-tensor.ts';

const device = await openDevice();
afterAll(() => device.dispose());

it('tensors of a GPU are written as they are, with the contents of the time when their file is', async () => {
  const f32 = device.tensor([1.5, -2, 0], [3]);
  const u32 = device.tensor(Uint32Array.of(1, 2 ** 32 - 1), [2, 1]);
  const i32 = device.tensor(Int32Array.of(-5), []);
  const f16 = device.tensor(Uint16Array.of(0x3c00, 0xbc00, 0x7bff), [1, 3], 'f16');
  const tensors = Object.entries({ f32, u32, i32, f16 }).map(
    ([name, tensor]) => [name, storedTensor(tensor)] as const,
  );
  device.upload(f32, Float32Array.of(7, 8, 9));
  const before = device.memory.readBacks;
  const file = parseSafetensors(await collect(streamSafetensors(tensors)));
  expect(device.memory.readBacks - before).toBe(1);
  expect(file.names.map((name) => [name, file.info(name).dtype, file.info(name).shape])).toEqual(
    expect.arrayContaining([
      ['f32', 'F32', [3]],
      ['u32', 'U32', [2, 1]],
      ['i32', 'I32', []],
      ['f16', 'F16', [1, 3]],
    ]),
  );
  expect([...file.numbers('f32')]).toEqual([7, 8, 9]);
  expect([...file.numbers('u32')]).toEqual([1, 2 ** 32 - 1]);
  expect([...file.numbers('i32')]).toEqual([-5]);
  expect(file.f16('f16')).toEqual(Uint16Array.of(0x3c00, 0xbc00, 0x7bff));
});

it('one of q8 is refused: a file holds it as two tensors', () => {
  const shape = [1, 32];
  const tensor = device.tensor(
    q8Storage({ values: new Int8Array(32), scales: new Uint16Array(1) }),
    shape,
    'q8',
  );
  expect(() => storedTensor(tensor)).toThrow(ShapeError);
  expect(() => storedTensor(tensor)).toThrow('storedTensor: [1,32] is q8');
});
