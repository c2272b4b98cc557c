/**
 * Faults of a GPU. 'throw': the call throws. 'lost': the device is lost, and nothing that is pending settles. 'silent':
 * it is lost without notice, and promises resolve as if nothing had happened. 'out-of-memory', 'validation': an error event,
 * which comes after the call.
 */
export const FAULTS = ['throw', 'lost', 'silent', 'out-of-memory', 'validation'] as const;
export type Fault = (typeof FAULTS)[number];

/** True for faults that an error event reports: results that were transferred before it are right. */
export function isReportedLate(fault: Fault): boolean {
  return fault === 'out-of-memory' || fault === 'validation';
}

const LATER_MS = 2;

class GPUOutOfMemoryError extends Error {}
class GPUValidationError extends Error {}

type Call = (name: string, call: () => unknown) => unknown;
type Methods = Record<string, (...args: unknown[]) => unknown>;

/**
 * A GPU that fails at a chosen call. Its devices are all one real device, and a pipeline is compiled once for all of
 * them, so that a failed device is quickly replaced. Losses are simulated.
 */
export class FaultyGpu {
  readonly gpu: GPU;
  /** Calls of the newest device so far, its queue's, encoders', buffers' and shaders' included. */
  calls = 0;
  /** The call that failed last. */
  failed: string | undefined;
  #fault: { readonly kind: Fault; readonly at: number } | undefined;
  #real: GPUDevice | undefined;
  #newest: GPUDevice | undefined;
  /** Of its error events. */
  #listeners: ReadonlySet<(event: unknown) => void> = new Set();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  #codes = new WeakMap<object, string>();

  constructor(real: GPU) {
    this.gpu = {
      requestAdapter: async (options?: GPURequestAdapterOptions) => {
        const adapter = await real.requestAdapter(options);
        if (!adapter) return null;
        const { features, limits, info } = adapter;
        const requestDevice = async (descriptor?: GPUDeviceDescriptor) => {
          this.#real ??= this.#heard(await adapter.requestDevice(descriptor));
          this.calls = 0;
          this.#newest = this.#deviceOn(this.#real);
          return this.#newest;
        };
        return { features, limits, info, requestDevice } as unknown as GPUAdapter;
      },
    } as GPU;
  }

  /** Makes a call of the newest device fail: the next one is 1. */
  failAt(kind: Fault, call: number): void {
    this.failed = undefined;
    this.#fault = { kind, at: this.calls + call };
  }

  dispose(): void {
    this.#real?.destroy();
  }

  /** The device, whose error events reach the newest one. */
  #heard(real: GPUDevice): GPUDevice {
    real.addEventListener('uncapturederror', (event) => {
      for (const listener of this.#listeners) listener(event);
    });
    return real;
  }

  #deviceOn(real: GPUDevice): GPUDevice {
    const listeners = new Set<(event: unknown) => void>();
    const buffers = new Set<GPUBuffer>();
    let state: 'well' | 'lost' | 'silent' = 'well';
    let endDevice: (info: { reason: string; message: string }) => void = () => {};
    const lost = new Promise((resolve) => {
      endDevice = resolve;
    });
    let device: GPUDevice;
    const call: Call = (name, body) => {
      if (device !== this.#newest) return body(); // an older device that is being disposed
      this.calls += 1;
      const fault = this.#fault;
      if (!fault || this.calls !== fault.at) return body();
      this.#fault = undefined;
      this.failed = name;
      if (fault.kind === 'throw') throw new TypeError(`injected into ${name}`);
      if (fault.kind === 'out-of-memory' || fault.kind === 'validation') {
        const error =
          fault.kind === 'validation'
            ? new GPUValidationError('injected')
            : new GPUOutOfMemoryError('injected');
        queueMicrotask(() => {
          for (const listener of listeners) listener({ error, preventDefault() {} });
        });
        return body();
      }
      state = fault.kind;
      if (state === 'lost') {
        setTimeout(() => endDevice({ reason: 'unknown', message: 'injected' }), LATER_MS);
      }
      return body();
    };
    const pending = (work: () => unknown) => {
      if (state === 'lost') return new Promise(() => {});
      return state === 'silent' ? Promise.resolve(null) : work();
    };

    const wrapBuffer = (buffer: GPUBuffer): GPUBuffer => {
      buffers.add(buffer);
      const { mapAsync, getMappedRange, destroy } = buffer;
      return Object.assign(buffer, {
        mapAsync: (mode: number) => call('mapAsync', () => pending(() => mapAsync.call(buffer, mode))),
        getMappedRange: () =>
          call('getMappedRange', () => {
            if (state !== 'well') throw new DOMException('injected: not mapped', 'OperationError');
            return getMappedRange.call(buffer);
          }),
        destroy: () => {
          buffers.delete(buffer);
          return destroy.call(buffer);
        },
      });
    };
    const wrapEncoder = (encoder: GPUCommandEncoder): GPUCommandEncoder => {
      counted(encoder, ['copyBufferToBuffer', 'resolveQuerySet', 'finish'], call);
      const begin = encoder.beginComputePass.bind(encoder);
      encoder.beginComputePass = (descriptor) =>
        call('beginComputePass', () => {
          const pass = begin(descriptor);
          counted(pass, ['setPipeline', 'setBindGroup', 'dispatchWorkgroups', 'end'], call);
          return pass;
        }) as GPUComputePassEncoder;
      return encoder;
    };
    const compile = (descriptor: GPUComputePipelineDescriptor) => {
      const { module, constants } = descriptor.compute;
      const key = `${JSON.stringify(constants)}${this.#codes.get(module)}`;
      const known = this.#pipelines.get(key) ?? real.createComputePipelineAsync(descriptor);
      this.#pipelines.set(key, known);
      return known;
    };

    device = {
      label: 'faulty',
      features: real.features,
      limits: real.limits,
      lost,
      addEventListener: (_: string, listener: (event: unknown) => void) => listeners.add(listener),
      destroy: () => {
        for (const buffer of [...buffers]) buffer.destroy();
        endDevice({ reason: 'destroyed', message: '' });
      },
      createBuffer: (descriptor: GPUBufferDescriptor) =>
        call('createBuffer', () => wrapBuffer(real.createBuffer(descriptor))),
      createCommandEncoder: (descriptor: GPUCommandEncoderDescriptor) =>
        call('createCommandEncoder', () => wrapEncoder(real.createCommandEncoder(descriptor))),
      createShaderModule: (descriptor: GPUShaderModuleDescriptor) =>
        call('createShaderModule', () => {
          const module = real.createShaderModule(descriptor);
          this.#codes.set(module, descriptor.code);
          return module;
        }),
      createComputePipelineAsync: (descriptor: GPUComputePipelineDescriptor) =>
        call('createComputePipelineAsync', () => pending(() => compile(descriptor))),
      popErrorScope: () => {
        const popped = real.popErrorScope(); // even if the call fails: scopes are a stack
        return call('popErrorScope', () => pending(() => popped));
      },
      pushErrorScope: (filter: GPUErrorFilter) => call('pushErrorScope', () => real.pushErrorScope(filter)),
      queue: {
        submit: (list: GPUCommandBuffer[]) =>
          call('submit', () => (state === 'well' ? real.queue.submit(list) : undefined)),
        writeBuffer: (...args: Parameters<GPUQueue['writeBuffer']>) =>
          call('writeBuffer', () => (state === 'well' ? real.queue.writeBuffer(...args) : undefined)),
        onSubmittedWorkDone: () =>
          call('onSubmittedWorkDone', () => pending(() => real.queue.onSubmittedWorkDone())),
      },
    } as unknown as GPUDevice;
    const creators = [
      'createBindGroup',
      'createBindGroupLayout',
      'createPipelineLayout',
      'createQuerySet',
    ] as const;
    for (const name of creators) {
      const own = real[name].bind(real) as (descriptor: never) => unknown;
      Object.assign(device, { [name]: (descriptor: never) => call(name, () => own(descriptor)) });
    }
    this.#listeners = listeners;
    return device;
  }
}

function counted(target: object, names: readonly string[], call: Call): void {
  const methods = target as Methods;
  for (const name of names) {
    const own = methods[name].bind(target);
    methods[name] = (...args) => call(name, () => own(...args));
  }
}
