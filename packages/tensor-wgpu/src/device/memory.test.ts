import { afterAll, describe, expect, it } from 'vitest';
import { DeviceError } from '../errors.ts';
import { add } from '../kernels/elementwise/elementwise.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { sizeClass } from './memory.ts';
import { openDevice } from './open-device.ts';

const device = await openDevice();
afterAll(() => device.dispose());

describe('a size class', () => {
  it('holds the request and wastes at most 12.5 %', () => {
    for (let bytes = 1; bytes < 1e9; bytes = Math.ceil(bytes * 1.037)) {
      const size = sizeClass(bytes);
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size % 256).toBe(0);
      if (bytes > 2048) expect(size / bytes).toBeLessThanOrEqual(1.125);
    }
  });
});

describe('the pool', () => {
  it('serves a freed buffer again, without making another', async () => {
    const x = device.tensor(new Float32Array(1000), [1000]);
    scope(() => void add(x, x));
    const { allocated, live } = device.memory;
    for (let i = 0; i < 50; i++) scope(() => void add(x, x));
    await device.finish();
    expect(device.memory.allocated).toBe(allocated);
    expect(device.memory.live).toBe(live);
    x.dispose();
  });

  it('releases memory on trim', () => {
    device.tensor(new Float32Array(1e6), [1e6]).dispose();
    const before = device.memory.allocated;
    device.trim();
    expect(device.memory.allocated).toBeLessThan(before);
    expect(device.memory.allocated).toBeGreaterThanOrEqual(device.memory.live);
  });

  it('refuses a tensor larger than the device allows, before it asks the GPU', async () => {
    using small = await openDevice({ limits: { maxBufferSize: 4096 } });
    expect(() => small.empty([1025])).toThrow(/larger than this device's buffers/);
    expect(small.empty([1024]).size).toBe(1024);
  });
});

it('memory that is refused is not counted', async () => {
  using own = await openDevice({ limits: { maxBufferSize: 4096 } });
  const { live, allocated, peak } = own.memory;
  expect(() => own.empty([1025])).toThrow(DeviceError);
  own.gpu.createBuffer = () => {
    throw new RangeError('no more');
  };
  expect(() => own.empty([1000])).toThrow(/allocating 4096 bytes: no more/);
  expect(own.memory).toMatchObject({ live, allocated, peak });
});

describe('a scope', () => {
  it('frees what its body made, except the result, which the outer scope then owns', () => {
    const x = device.tensor([1, 2, 3, 4], [4]);
    let inner: Tensor | undefined;
    let kept: Tensor | undefined;
    scope(() => {
      kept = scope(() => {
        const middle = add(x, x);
        inner = middle;
        return { nested: [add(x, middle)] };
      }).nested[0];
      expect(inner?.disposed).toBe(true);
      expect(kept.disposed).toBe(false);
    });
    expect(kept?.disposed).toBe(true);
    x.dispose();
  });

  it('frees what its body made when it throws', () => {
    const { live } = device.memory;
    expect(() =>
      scope(() => {
        device.empty([1000]);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(device.memory.live).toBe(live);
  });

  it('refuses a body that returns a promise', () => {
    expect(() => scope(async () => device.empty([1]))).toThrow(/returned a promise/);
  });
});
