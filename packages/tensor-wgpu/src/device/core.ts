import { DeviceError } from '../errors.ts';
import type { Product } from '../gemm/product.ts';
import type { Tensor } from '../tensor.ts';
import type { Capabilities } from './capabilities.ts';
import { CommandStream, type DispatchList } from './command-stream.ts';
import { Failure } from './failure.ts';
import { type Allocator, Arena, BufferFactory, Pool } from './memory.ts';
import { PipelineCache } from './pipelines.ts';

const FLOPS_PER_SUBMIT = { cpu: 1e10, gpu: 1e11 } as const; // short enough for a GPU watchdog

/**
 * Dispatches that captures may keep in all, and bytes of the driver's memory for each, which garbage collection frees. lavapipe
 * maps a page of memory for each of them; Linux allows a process 65,530 mappings, and lavapipe crashes beyond that.
 */
const RECORDED = {
  cpu: { maxDispatches: 32_768, bytesPerDispatch: 8192 },
  gpu: { maxDispatches: Number.POSITIVE_INFINITY, bytesPerDispatch: 0 },
} as const;

/** Internals of a device, for kernels, captures and tests. */
export class DeviceCore {
  readonly gpu: GPUDevice;
  readonly failure = new Failure();
  readonly pipelines: PipelineCache;
  readonly commands: CommandStream;
  readonly factory: BufferFactory;
  readonly pool: Pool;
  /** Memory of captured passes. */
  readonly arena: Arena;
  /** Captured passes, the least recently used first, each with the function that drops it. */
  readonly captures = new Map<{ readonly list: DispatchList }, () => void>();
  readonly maxCaptures: number;
  /** Limits of the dispatches in `captures`: their number in all, and bytes of native memory to report for each. */
  readonly recorded: { readonly maxDispatches: number; readonly bytesPerDispatch: number };
  /** Source of buffers for new tensors; `constants` is the source for tensors made from data. */
  allocator: Allocator;
  constants: Allocator;
  /** Four zeros: bound for inputs that a kernel's variant does not read. */
  placeholder!: Tensor;
  readBacks = 0;
  /** While set, collects every matrix product, from which `tune` learns what a model computes. */
  products: Product[] | undefined;
  /** Value that fills every new tensor, for tests that nothing reads uninitialized memory. */
  poison: number | undefined;

  constructor(gpu: GPUDevice, info: Capabilities, maxCaptures: number) {
    const { failure } = this;
    this.gpu = gpu;
    this.maxCaptures = maxCaptures;
    this.recorded = info.cpu ? RECORDED.cpu : RECORDED.gpu;
    this.pipelines = new PipelineCache(gpu, failure);
    const flops = info.cpu ? FLOPS_PER_SUBMIT.cpu : FLOPS_PER_SUBMIT.gpu;
    this.commands = failure.attempt(
      'opening the device',
      () => new CommandStream(gpu, failure, this.pipelines, flops),
    );
    this.factory = new BufferFactory(gpu, failure, info.limits.maxBufferSize);
    this.pool = new Pool(this.factory);
    this.arena = new Arena(this.factory);
    this.allocator = this.pool;
    this.constants = this.pool;
    failure.onFailure = () => this.commands.abandon();
    gpu.addEventListener?.('uncapturederror', this.#onUncaptured);
  }

  readonly #onUncaptured = (event: Event): void => {
    event.preventDefault?.();
    this.failure.fail(errorOf((event as GPUUncapturedErrorEvent).error));
  };

  /** Stops listening to a GPU device that is gone: Node's binding keeps its object, and every listener, as long as one listens. */
  release(): void {
    this.gpu.removeEventListener?.('uncapturederror', this.#onUncaptured);
  }

  /** Runs `body` with other allocators for new tensors and for tensors made from data. */
  allocateFrom<T>(allocator: Allocator, constants: Allocator, body: () => T): T {
    const outer = [this.allocator, this.constants] as const;
    [this.allocator, this.constants] = [allocator, constants];
    try {
      return body();
    } finally {
      [this.allocator, this.constants] = outer;
    }
  }

  /** Destroys the buffers that wait for reuse, once the commands so far are submitted. */
  trim(): void {
    const buffers = this.pool.drain();
    if (buffers.length === 0) return;
    this.commands.afterSubmitted(() => {
      for (const buffer of buffers) buffer.destroy();
    });
  }
}

function errorOf(error: GPUError): DeviceError {
  const { message } = error;
  if (error.constructor.name !== 'GPUOutOfMemoryError') {
    return new DeviceError('validation', `the GPU refused a command: ${message}`);
  }
  return new DeviceError(
    'out-of-memory',
    `the GPU is out of memory: ${message}. This device stays unusable: open another one (for a Glip: reload()), ` +
      "with smaller images, a smaller batch, or dtype: 'q8'",
  );
}
