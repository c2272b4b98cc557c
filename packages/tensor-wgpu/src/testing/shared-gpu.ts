import { platformGpu as platform } from '../device/gpu.node.ts';

// In place of the platform's GPU for tests that share a process: see scripts/shared-processes.mjs.

let shared: Promise<GPU | undefined> | undefined;

/** Dawn, whose devices outlive the tests that open them. */
export function platformGpu(): Promise<GPU | undefined> {
  shared ??= platform().then((gpu) => gpu && sharingDevices(gpu));
  return shared;
}

/**
 * A GPU whose devices of the same features and limits are one real device. It compiles a pipeline once for all of them, as long as
 * the process lives. What a device has created is destroyed with it.
 */
export function sharingDevices(gpu: GPU): GPU {
  const devices = new Map<string, RealDevice>();
  return {
    requestAdapter: async (options?: GPURequestAdapterOptions) => {
      const adapter = await gpu.requestAdapter(options);
      if (!adapter) return null;
      const { features, limits, info } = adapter;
      const requestDevice = async (descriptor?: GPUDeviceDescriptor) => {
        const key = JSON.stringify([info.description, options, descriptor]);
        let known = devices.get(key);
        if (!known || known.isLost) {
          known = new RealDevice(await adapter.requestDevice(descriptor));
          devices.set(key, known);
        }
        return known.open();
      };
      return { features, limits, info, requestDevice } as unknown as GPUAdapter;
    },
  } as GPU;
}

class RealDevice {
  isLost = false;
  readonly #gpu: GPUDevice;
  /** Dawn compiles no pipeline again that is alive. */
  readonly #pipelines = new Set<GPUComputePipeline>();

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
    gpu.lost.then(() => {
      this.isLost = true;
    });
  }

  open(): GPUDevice {
    const gpu = this.#gpu;
    const buffers = new Set<GPUBuffer>();
    let endDevice: (info: GPUDeviceLostInfo) => void = () => {};
    const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
      endDevice = resolve;
    });
    gpu.lost.then(endDevice);
    const listeners: ((event: GPUUncapturedErrorEvent) => void)[] = [];
    const own: Partial<GPUDevice> = {
      lost,
      createBuffer: (descriptor) => {
        const buffer = gpu.createBuffer(descriptor);
        buffers.add(buffer);
        const destroy = buffer.destroy.bind(buffer);
        return Object.assign(buffer, {
          destroy: () => {
            buffers.delete(buffer);
            return destroy();
          },
        });
      },
      createComputePipelineAsync: async (descriptor) => {
        const pipeline = await gpu.createComputePipelineAsync(descriptor);
        this.#pipelines.add(pipeline);
        return pipeline;
      },
      addEventListener: (type: string, listener: unknown) => {
        listeners.push(listener as (event: GPUUncapturedErrorEvent) => void);
        gpu.addEventListener(type as 'uncapturederror', listener as EventListener);
      },
      destroy: () => {
        for (const buffer of [...buffers]) buffer.destroy();
        for (const listener of listeners)
          gpu.removeEventListener('uncapturederror', listener as EventListener);
        endDevice({ reason: 'destroyed', message: '' } as GPUDeviceLostInfo);
        return undefined;
      },
    };
    const known = new Map<PropertyKey, unknown>(Object.entries(own));
    return new Proxy(gpu, {
      get(target, key) {
        if (!known.has(key)) {
          const value = Reflect.get(target, key, target);
          known.set(key, typeof value === 'function' ? value.bind(target) : value);
        }
        return known.get(key);
      },
    });
  }
}
