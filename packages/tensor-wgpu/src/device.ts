import { platformGpu } from '#gpu';
import {
  type Capabilities,
  capabilitiesOf,
  type DeviceLimits,
  type GemmSchedule,
  type RowSchedule,
} from './capabilities.ts';
import { CommandStream } from './command-stream.ts';
import { DeviceError, ShapeError } from './errors.ts';
import { type Allocator, Arena, BufferFactory, type MemoryStatistics, Pool, type Storage } from './memory.ts';
import { unscoped } from './scope.ts';
import { BYTES, type DType, type Shape, sizeOf, Tensor, type TypedArray } from './tensor.ts';
import { BufferUsage, MapMode } from './webgpu-constants.ts';

export interface DeviceOptions {
  /** Where adapters come from; the platform's WebGPU unless given. */
  readonly gpu?: GPU;
  readonly powerPreference?: GPUPowerPreference;
  /** Optional WebGPU features to use where the adapter has them; all that help unless given. */
  readonly features?: readonly string[];
  /** Software caps: obeyed although the adapter allows more. */
  readonly limits?: Partial<DeviceLimits>;
  /** How matrix products are computed; what suits the adapter unless given. */
  readonly gemm?: GemmSchedule;
  /** How rows are normalised; what suits the adapter unless given. */
  readonly rows?: RowSchedule;
}

/**
 * Opens a GPU, in browsers, Deno and Node (there through the optional peer `webgpu`).
 *
 * @throws DeviceError 'unavailable' if there is no WebGPU or no adapter
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const gpu = options.gpu ?? (await platformGpu());
  if (!gpu) {
    throw new DeviceError(
      'unavailable',
      'no WebGPU here: use a browser that has it, Deno, or Node with the package webgpu',
    );
  }
  const { powerPreference } = options;
  const adapter = await gpu.requestAdapter(powerPreference ? { powerPreference } : {});
  if (!adapter) {
    throw new DeviceError(
      'unavailable',
      'WebGPU found no adapter: install a Vulkan, Metal or Direct3D 12 driver (on Linux without a GPU: mesa-vulkan-drivers 23 or newer)',
    );
  }
  const capabilities = capabilitiesOf(adapter, options);
  const handle = await adapter.requestDevice({
    requiredFeatures: capabilities.features as GPUFeatureName[],
    requiredLimits: capabilities.required,
  });
  return new Device(handle, capabilities);
}

/** A GPU: creates tensors, runs kernels in order, recycles memory. */
export class Device implements Disposable {
  readonly gpu: GPUDevice;
  readonly info: Capabilities;
  readonly commands: CommandStream;
  readonly pipelines: Map<string, GPUComputePipeline> = new Map();
  /** Resolves with the error once the device is lost or disposed. */
  readonly lost: Promise<DeviceError>;
  readonly #factory: BufferFactory;
  readonly #pool: Pool;
  readonly arena: Arena;
  #allocator: Allocator;
  #constants: Allocator;
  #failure: Error | undefined;
  #readBacks = 0;
  readonly #waiting = new Set<(error: Error) => void>();
  /** Stands in for inputs that a kernel's variant does not read. */
  readonly nothing: Tensor;
  /** Fills every new tensor; for tests that prove that nothing reads what was not written. */
  poison: number | undefined;

  constructor(gpu: GPUDevice, info: Capabilities) {
    this.gpu = gpu;
    this.info = info;
    this.commands = new CommandStream(gpu, info.cpu ? 1e10 : 1e11);
    this.#factory = new BufferFactory(gpu, info.limits.maxBufferSize);
    this.#pool = new Pool(this.#factory);
    this.arena = new Arena(this.#factory);
    this.#allocator = this.#pool;
    this.#constants = this.#pool;
    this.lost = gpu.lost.then(({ reason, message }) => {
      const error =
        reason === 'destroyed'
          ? new DeviceError('disposed', 'the device was disposed')
          : new DeviceError('lost', `the GPU device was lost: ${message}`);
      this.#failure = error;
      for (const reject of this.#waiting) reject(error);
      return error;
    });
    this.nothing = unscoped(() => this.tensor([0, 0, 0, 0], [4]));
    gpu.addEventListener?.('uncapturederror', (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      const isMemory = error.constructor.name === 'GPUOutOfMemoryError';
      this.#failure ??= new DeviceError(isMemory ? 'out-of-memory' : 'validation', error.message);
      (event as Event).preventDefault?.();
    });
  }

  /** @throws DeviceError if the device is lost, disposed, or an earlier command was invalid */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Makes every pending and later call fail with this error. */
  fail(error: Error): void {
    this.#failure ??= error;
  }

  /** A tensor with unspecified contents, for a kernel to fill. */
  empty(shape: Shape, dtype: DType = 'f32'): Tensor {
    this.check();
    for (const length of shape) {
      if (!Number.isSafeInteger(length) || length < 0) throw new ShapeError(`empty: shape [${shape}]`);
    }
    const tensor = this.#tensorFrom(this.#allocator, shape, dtype);
    if (this.poison !== undefined && !this.commands.recording) {
      const words = new Uint32Array(tensor.storage.buffer.size / 4).fill(this.poison);
      this.#write(tensor.storage.buffer, words);
    }
    return tensor;
  }

  /** A tensor holding a copy of `data`: f32 from any numbers, otherwise the array's own type. */
  tensor(data: ArrayLike<number>, shape: Shape, dtype: DType = dtypeOf(data)): Tensor {
    this.check();
    if (data.length !== sizeOf(shape)) {
      throw new ShapeError(`tensor: ${data.length} elements for shape [${shape}]`);
    }
    const elements = dtype === 'f32' && !(data instanceof Float32Array) ? Float32Array.from(data) : data;
    if (dtypeOf(elements) !== dtype && !(dtype === 'f16' && elements instanceof Uint16Array)) {
      throw new ShapeError(`tensor: ${elements.constructor.name} cannot hold ${dtype}`);
    }
    const tensor = this.#tensorFrom(this.#constants, shape, dtype);
    this.#write(tensor.storage.buffer, elements as TypedArray);
    return tensor;
  }

  /** Overwrites a tensor of the same dtype and size. */
  upload(tensor: Tensor, data: TypedArray): void {
    this.check();
    if (data.length !== tensor.size) {
      throw new ShapeError(`upload: ${data.length} elements into [${tensor.shape}]`);
    }
    this.#write(tensor.storage.buffer, data);
  }

  /**
   * Copies tensors to the CPU in one transfer, after everything recorded so far has run.
   *
   * @throws DeviceError if the device is lost or any command so far was invalid: never made-up numbers
   */
  async read(tensors: readonly Tensor[]): Promise<TypedArray[]> {
    this.check();
    if (this.commands.recording) throw new ShapeError('read: not inside a captured or profiled function');
    for (const tensor of tensors) {
      if (tensor.disposed) throw new ShapeError(`read: tensor [${tensor.shape}] was disposed`);
    }
    const offsets: number[] = [];
    let total = 0;
    for (const tensor of tensors) {
      offsets.push(total);
      total += Math.ceil(tensor.bytes / 8) * 8;
    }
    const staging = this.gpu.createBuffer({
      label: 'read',
      size: Math.max(8, total),
      usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST,
    });
    this.#readBacks += 1;
    this.commands.flush();
    const encoder = this.gpu.createCommandEncoder();
    for (const [i, tensor] of tensors.entries()) {
      const bytes = Math.ceil(tensor.bytes / 4) * 4;
      if (bytes > 0) encoder.copyBufferToBuffer(tensor.storage.buffer, 0, staging, offsets[i], bytes);
    }
    this.commands.submit(encoder);
    await this.#unlessLost(staging.mapAsync(MapMode.READ));
    const range = staging.getMappedRange();
    const arrays = tensors.map(({ dtype, size }, i) => copyOf(dtype, range, offsets[i], size));
    staging.destroy();
    return arrays;
  }

  /** Waits until everything recorded so far has run. */
  async finish(): Promise<void> {
    this.check();
    this.commands.flush();
    await this.#unlessLost(this.gpu.queue.onSubmittedWorkDone());
  }

  // A lost device resolves most promises as if all were well, and some never.
  #unlessLost(work: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const settle = (end: () => void) => (): void => {
        this.#waiting.delete(reject);
        if (this.#failure) reject(this.#failure);
        else end();
      };
      const lost = (): void =>
        reject(new DeviceError('lost', 'the GPU device was lost while waiting for it'));
      work.then(settle(resolve), settle(lost));
    });
  }

  release(storage: Storage): void {
    storage.users -= 1;
    if (storage.users === 0) storage.allocator.give(storage.buffer);
  }

  /** Runs `body` with new tensors, and those made from data, taken from other allocators. */
  allocateFrom<T>(allocator: Allocator, constants: Allocator, body: () => T): T {
    const outer = [this.#allocator, this.#constants] as const;
    [this.#allocator, this.#constants] = [allocator, constants];
    try {
      return body();
    } finally {
      [this.#allocator, this.#constants] = outer;
    }
  }

  /** The allocator that tensors come from outside of captures. */
  get pool(): Allocator {
    return this.#pool;
  }

  get memory(): MemoryStatistics & { readonly readBacks: number } {
    return { ...this.#factory.statistics, readBacks: this.#readBacks };
  }

  resetPeakMemory(): void {
    this.#factory.resetPeak();
  }

  /** Destroys the buffers that wait for reuse. */
  trim(): void {
    this.commands.flush();
    this.#pool.trim();
  }

  /** Gives the GPU back; pending and later calls reject with DeviceError 'disposed'. */
  dispose(): void {
    this.fail(new DeviceError('disposed', 'the device was disposed'));
    this.gpu.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #tensorFrom(allocator: Allocator, shape: Shape, dtype: DType): Tensor {
    const buffer = allocator.take(sizeOf(shape) * BYTES[dtype]);
    return new Tensor(this, shape, dtype, { buffer, allocator, users: 0 });
  }

  // writeBuffer runs before commands not yet submitted, and the pool may have handed us a buffer they read.
  #write(buffer: GPUBuffer, data: TypedArray): void {
    this.commands.flush();
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const whole = bytes.byteLength - (bytes.byteLength % 4);
    if (whole > 0) this.gpu.queue.writeBuffer(buffer, 0, bytes as Uint8Array<ArrayBuffer>, 0, whole);
    if (whole < bytes.byteLength) {
      const last = new Uint8Array(4);
      last.set(bytes.subarray(whole));
      this.gpu.queue.writeBuffer(buffer, whole, last);
    }
  }
}

function dtypeOf(data: ArrayLike<number>): DType {
  if (data instanceof Uint32Array) return 'u32';
  if (data instanceof Int32Array) return 'i32';
  return 'f32';
}

function copyOf(dtype: DType, source: ArrayBuffer, offset: number, size: number): TypedArray {
  const bytes = source.slice(offset, offset + size * BYTES[dtype]);
  if (dtype === 'f16') return new Uint16Array(bytes);
  if (dtype === 'i32') return new Int32Array(bytes);
  return dtype === 'u32' ? new Uint32Array(bytes) : new Float32Array(bytes);
}
