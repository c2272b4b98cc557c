import { afterAll, describe, expect, it } from 'vitest';
import { DeviceError, ShapeError } from '../errors.ts';
import { add } from '../kernels/elementwise/elementwise.ts';
import { matmul } from '../kernels/matmul/matmul.ts';
import { openDevice } from './open-device.ts';

const device = await openDevice();
afterAll(() => device.dispose());

describe('a device', () => {
  it('reports its properties and schedules', () => {
    const { adapter, limits, gemm, rows, cpu, subgroupWidth } = device.info;
    expect(Object.values(adapter).join('')).not.toBe('');
    expect(limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(128 * 1024 ** 2);
    expect(['tiled', 'subgroup', 'register']).toContain(gemm);
    expect(rows).toBe(cpu ? 'lane' : subgroupWidth ? 'subgroup' : 'workgroup');
  });

  it('refuses schedules of subgroups where it has none', async () => {
    for (const schedule of [{ gemm: 'subgroup' }, { rows: 'subgroup' }] as const) {
      const opened = openDevice({ features: [], ...schedule });
      await expect(opened).rejects.toThrow("'subgroup' needs subgroups of one fixed width");
    }
  });

  it('reads back what was uploaded, in each element type', async () => {
    const f32 = device.tensor([1.5, -2, 3e38], [3]);
    const u32 = device.tensor(Uint32Array.of(1, 4294967295), [2]);
    const i32 = device.tensor(Int32Array.of(-7), [1]);
    const f16 = device.tensor(Uint16Array.of(0x3c00, 0x4000, 0xc000), [3], 'f16');
    expect(await device.read([f32, u32, i32, f16])).toEqual([
      Float32Array.of(1.5, -2, 3e38),
      Uint32Array.of(1, 4294967295),
      Int32Array.of(-7),
      Uint16Array.of(0x3c00, 0x4000, 0xc000),
    ]);
  });

  it('refuses data that does not fit its shape or type', () => {
    expect(() => device.tensor([1, 2], [3])).toThrow(ShapeError);
    expect(() => device.tensor(Uint32Array.of(1), [1], 'i32')).toThrow(/cannot hold i32/);
    expect(() => device.empty([-1])).toThrow(ShapeError);
    expect(() => device.empty([1.5])).toThrow(ShapeError);
  });

  it('refuses tensors of another device, disposed ones, and other types, naming the argument', async () => {
    using other = await openDevice();
    const x = device.tensor([1, 2, 3, 4], [4]);
    expect(() => add(x, other.tensor([1, 2, 3, 4], [4]))).toThrow(/right belongs to another device/);
    const ids = device.tensor(Uint32Array.of(1, 2, 3, 4), [4]);
    expect(() => add(x, ids)).toThrow(/right is u32, expected f32/);
    const gone = device.tensor([1, 2, 3, 4], [4]);
    gone.dispose();
    expect(() => add(gone, x)).toThrow(/left \[4\] was disposed/);
    await expect(gone.read()).rejects.toThrow(/was disposed/);
  });

  it('refuses shapes that do not fit, naming both', () => {
    const [a, b] = [device.empty([2, 3]), device.empty([4, 5])];
    expect(() => matmul(a, b)).toThrow('matmul: inner axes 3 and 4 differ: a [2,3], b [4,5]');
    expect(() => add(a, b)).toThrow(/\[2,3\] and \[4,5\] differ/);
  });

  it('that several callers open at once works for each', async () => {
    const devices = await Promise.all([1, 2, 3].map(() => openDevice()));
    for (const one of devices) {
      expect(await add(one.tensor([1], [1]), one.tensor([2], [1])).read()).toEqual(Float32Array.of(3));
      one.dispose();
    }
  });

  it('refuses a cap that is no limit', async () => {
    const limits = { maxTextures: 3 } as never;
    await expect(openDevice({ limits })).rejects.toThrow(/maxTextures/);
    await expect(openDevice({ limits: { maxBufferSize: 0 } })).rejects.toThrow(/maxBufferSize/);
  });

  it('is told to be missing where there is no adapter', async () => {
    const gpu = { requestAdapter: async () => null } as unknown as GPU;
    await expect(openDevice({ gpu })).rejects.toMatchObject({ name: 'DeviceError', reason: 'unavailable' });
  });
});

describe('an adapter that rejects', () => {
  const refuse = async (): Promise<never> => {
    throw new TypeError('no more');
  };

  it.each(['requestAdapter', 'requestDevice'])('%s: DeviceError names the operation', async (operation) => {
    const { features, limits } = device.gpu;
    const adapter = { features, limits, info: device.info.adapter, requestDevice: refuse };
    const requestAdapter = operation === 'requestAdapter' ? refuse : async () => adapter;
    await expect(openDevice({ gpu: { requestAdapter } as unknown as GPU })).rejects.toMatchObject({
      name: 'DeviceError',
      reason: 'unavailable',
      message: `opening the GPU: ${operation}: no more`,
    });
  });
});

describe('a device that is lost', () => {
  it('rejects a pending and every later call, with the reason', async () => {
    const own = await openDevice();
    const pending = own.tensor([1], [1]).read();
    own.gpu.destroy();
    await expect(pending).rejects.toBeInstanceOf(DeviceError);
    await expect(own.finish()).rejects.toBeInstanceOf(DeviceError);
    expect(() => own.empty([1])).toThrow(DeviceError);
  });

  it('that was disposed says so', async () => {
    const own = await openDevice();
    own.dispose();
    expect(() => own.empty([1])).toThrow(/disposed/);
    expect((await own.lost).reason).toBe('disposed');
  });

  it('by an invalid command never returns numbers', async () => {
    const own = await openDevice();
    const x = own.tensor([1, 2, 3, 4], [4]);
    own.gpu.createBuffer({ size: 16, usage: 0x1 | 0x80, label: 'not allowed' });
    await expect(x.read()).rejects.toMatchObject({ reason: 'validation' });
    own.dispose();
  });
});
