import { DeviceError, ShapeError } from '../errors.ts';
import { unscoped } from '../scope.ts';
import { arrayLength, bytesOf, type DType, type Shape, Tensor, type TypedArray } from '../tensor.ts';
import type { Capabilities } from './capabilities.ts';
import { DeviceCore } from './core.ts';
import { type Allocator, type MemoryStatistics, Storage } from './memory.ts';
import type { CompileProgress } from './pipelines.ts';
import { type Part, readBack } from './read-back.ts';

const DEFAULT_CAPTURES = 16;

let reveal: (device: Device) => DeviceCore;

/** Internals of a device, for this package, its tests and its benchmarks. */
export function coreOf(device: Device): DeviceCore {
  return reveal(device);
}

/** A GPU: creates tensors, runs kernels in order, recycles memory. */
export class Device implements Disposable {
  readonly gpu: GPUDevice;
  readonly info: Capabilities;
  /** Resolves with the error once the device is lost or disposed. */
  readonly lost: Promise<DeviceError>;
  readonly #core: DeviceCore;

  static {
    reveal = (device) => device.#core;
  }

  /** @param options  `captures`: maximum number of captured passes to keep; 16 by default */
  constructor(
    gpu: GPUDevice,
    info: Capabilities,
    { captures = DEFAULT_CAPTURES }: { readonly captures?: number | undefined } = {},
  ) {
    if (!(Number.isInteger(captures) && captures >= 1)) {
      throw new ShapeError(`openDevice: captures is ${String(captures)}, expected a whole number from 1`);
    }
    this.gpu = gpu;
    this.info = info;
    const core = new DeviceCore(gpu, info, captures);
    this.#core = core;
    const { failure } = core;
    this.lost = gpu.lost.then(({ reason, message }) => {
      const error =
        reason === 'destroyed' ? disposed() : new DeviceError('lost', `the GPU device was lost: ${message}`);
      failure.fail(error);
      core.release();
      return error;
    });
    this.#core.placeholder = unscoped(() => this.tensor([0, 0, 0, 0], [4]));
  }

  /** @throws DeviceError if the device is lost, disposed, out of memory, or an earlier command was invalid */
  check(): void {
    this.#core.failure.check();
  }

  /** A tensor with unspecified contents, for a kernel to fill. */
  empty(shape: Shape, dtype: DType = 'f32'): Tensor {
    this.check();
    for (const length of shape) {
      if (!Number.isSafeInteger(length) || length < 0)
        throw new ShapeError(`empty: shape is [${shape}], expected whole numbers from 0`);
    }
    const { allocator, commands, poison } = this.#core;
    const tensor = this.#tensorFrom(allocator, shape, dtype);
    if (poison !== undefined && !commands.recording) {
      this.#write(tensor, new Uint32Array(tensor.storage.buffer.size / 4).fill(poison));
    }
    return tensor;
  }

  /**
   * A tensor holding a copy of `data`: f32 from any numbers, f16 from the bits of a Uint16Array, q8 from the bytes of a
   * Uint8Array that `q8Storage` lays out, otherwise the array's own type.
   */
  tensor(data: ArrayLike<number>, shape: Shape, dtype: DType = dtypeOf(data)): Tensor {
    this.check();
    const length = arrayLength(shape, dtype);
    if (data.length !== length) {
      throw new ShapeError(`tensor: data has ${data.length} elements, expected ${length} for [${shape}]`);
    }
    const elements = dtype === 'f32' && !(data instanceof Float32Array) ? Float32Array.from(data) : data;
    if (!holds(elements, dtype)) {
      throw new ShapeError(`tensor: ${elements.constructor.name} cannot hold ${dtype}`);
    }
    const tensor = this.#tensorFrom(this.#core.constants, shape, dtype);
    this.#write(tensor, elements as TypedArray);
    return tensor;
  }

  /** Overwrites a tensor of the same dtype and size. */
  upload(tensor: Tensor, data: TypedArray): void {
    this.check();
    const length = arrayLength(tensor.shape, tensor.dtype);
    if (data.length !== length) {
      throw new ShapeError(
        `upload: data has ${data.length} elements, expected ${length} for [${tensor.shape}]`,
      );
    }
    this.#expectOwn('upload', tensor);
    this.#write(tensor, data);
  }

  /**
   * Copies tensors to the CPU in one transfer, after everything recorded so far has run.
   *
   * @throws DeviceError if the device is lost or any command so far was invalid, KernelError if the WGSL of a kernel
   *   that a tensor depends on does not compile: garbage is never returned
   */
  read(tensors: readonly Tensor[]): Promise<TypedArray[]> {
    return this.readParts(tensors.map((tensor) => ({ tensor })));
  }

  /** @internal The same for parts of tensors. */
  async readParts(parts: readonly Part[]): Promise<TypedArray[]> {
    this.check();
    const core = this.#core;
    if (core.commands.recording)
      throw new ShapeError('read: cannot be called inside a captured or profiled function');
    for (const { tensor } of parts) this.#expectOwn('read', tensor);
    core.readBacks += 1;
    return readBack(core, parts);
  }

  /**
   * Waits until everything recorded so far has run.
   *
   * @throws DeviceError as `read`; KernelError if the WGSL of a kernel that was called does not compile
   */
  async finish(): Promise<void> {
    this.check();
    const { commands, failure } = this.#core;
    commands.flush();
    await failure.unlessFailed('finish', commands.submitted());
    const done = failure.attempt('finish', () => this.gpu.queue.onSubmittedWorkDone());
    await failure.unlessFailed('finish', done);
  }

  /**
   * Calls `listener` after each compilation of a kernel, which happens at its first use, in parallel with others.
   *
   * @returns a function that removes the listener
   */
  onCompile(listener: (progress: CompileProgress) => void): () => void {
    return this.#core.pipelines.watch(listener);
  }

  get memory(): MemoryStatistics & { readonly readBacks: number } {
    const { factory, readBacks } = this.#core;
    return { ...factory.statistics, readBacks };
  }

  resetPeakMemory(): void {
    this.#core.factory.resetPeak();
  }

  /** Destroys the buffers that wait for reuse. */
  trim(): void {
    this.#core.trim();
  }

  /** Releases the GPU; pending and later calls reject with DeviceError 'disposed'. */
  dispose(): void {
    this.#core.failure.fail(disposed());
    this.gpu.destroy();
    this.#core.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #expectOwn(operation: string, { device, disposed, shape }: Tensor): void {
    if (device !== this) throw new ShapeError(`${operation}: tensor [${shape}] belongs to another device`);
    if (disposed) throw new ShapeError(`${operation}: tensor [${shape}] was disposed`);
  }

  #tensorFrom(allocator: Allocator, shape: Shape, dtype: DType): Tensor {
    const { commands } = this.#core;
    const storage = new Storage(allocator, bytesOf(shape, dtype), (one) => commands.isBound(one));
    return new Tensor(this, shape, dtype, storage);
  }

  #write({ storage }: Tensor, data: TypedArray): void {
    this.#core.commands.write(storage.buffer, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
}

function disposed(): DeviceError {
  return new DeviceError('disposed', 'the device was disposed');
}

function holds(data: ArrayLike<number>, dtype: DType): boolean {
  if (dtype === 'f16') return data instanceof Uint16Array;
  return dtype === 'q8' ? data instanceof Uint8Array : dtypeOf(data) === dtype;
}

function dtypeOf(data: ArrayLike<number>): DType {
  if (data instanceof Uint32Array) return 'u32';
  if (data instanceof Int32Array) return 'i32';
  return 'f32';
}
