import { DeviceError, ShapeError } from '../errors.ts';
import type { Product } from '../gemm/product.ts';
import { unscoped } from '../scope.ts';
import { BYTES, type DType, type Shape, sizeOf, Tensor, type TypedArray } from '../tensor.ts';
import type { Capabilities } from './capabilities.ts';
import { CommandStream } from './command-stream.ts';
import { type Allocator, Arena, BufferFactory, type MemoryStatistics, Pool, type Storage } from './memory.ts';
import { readBack } from './read-back.ts';

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
  /** While set, every matrix product is put here too: how a tune learns what a model computes. */
  products: Product[] | undefined;
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
    this.#expectOwn('upload', tensor);
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
    for (const tensor of tensors) this.#expectOwn('read', tensor);
    this.#readBacks += 1;
    this.commands.flush();
    return readBack(this, tensors, (mapped) => this.#unlessLost(mapped));
  }

  /** Waits until everything recorded so far has run. */
  async finish(): Promise<void> {
    this.check();
    this.commands.flush();
    await this.#unlessLost(this.gpu.queue.onSubmittedWorkDone());
  }

  #expectOwn(operation: string, { device, disposed, shape }: Tensor): void {
    if (device !== this) throw new ShapeError(`${operation}: tensor [${shape}] lives on another device`);
    if (disposed) throw new ShapeError(`${operation}: tensor [${shape}] was disposed`);
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
