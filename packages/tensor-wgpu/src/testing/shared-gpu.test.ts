import { expect, it } from 'vitest';
import { openDevice } from '../device/open-device.ts';
import { BufferUsage, MapMode } from '../device/webgpu-constants.ts';
import { relu } from '../kernels/elementwise/elementwise.ts';
import { platformGpu, sharingDevices } from './shared-gpu.ts';

it('devices of one kind are one real device, and the end of one leaves the others as they are', async () => {
  const gpu = (await platformGpu()) as GPU;
  const opened: GPUDevice[] = [];
  const real = {
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = (await gpu.requestAdapter(options)) as GPUAdapter;
      const requestDevice = async (descriptor?: GPUDeviceDescriptor) => {
        opened.push(await adapter.requestDevice(descriptor));
        return opened.at(-1);
      };
      const { features, limits, info } = adapter;
      return { features, limits, info, requestDevice } as unknown as GPUAdapter;
    },
  } as GPU;
  const shared = sharingDevices(real);
  const first = await openDevice({ gpu: shared, probe: false });
  using second = await openDevice({ gpu: shared, probe: false });
  using small = await openDevice({ gpu: shared, probe: false, limits: { maxBufferSize: 1 << 20 } });
  expect(opened.length).toBeLessThanOrEqual(2); // software caps need no other device

  const values = async (device: typeof first) => [...(await relu(device.tensor([-1, 2], [2])).read())];
  expect(await values(first)).toEqual([0, 2]);
  const kept = second.tensor([5, 6], [2]);
  const gone = first.gpu.createBuffer({ size: 16, usage: BufferUsage.COPY_DST | BufferUsage.MAP_READ });
  first.dispose();
  expect((await first.lost).reason).toBe('disposed');
  opened[0]?.pushErrorScope('validation');
  await expect(gone.mapAsync(MapMode.READ)).rejects.toThrow();
  await opened[0]?.popErrorScope();
  expect([...(await kept.read())]).toEqual([5, 6]);
  expect(await values(second)).toEqual([0, 2]);
  expect(await values(small)).toEqual([0, 2]);
});
