import { DeviceError } from '../errors.ts';
import type { Failure } from './failure.ts';
import { BufferUsage } from './webgpu-constants.ts';

/** A source of buffers, to which they return. */
export interface Allocator {
  /** @param isBusy  true for buffers to be taken only if no other is free */
  take(bytes: number, isBusy?: (buffer: GPUBuffer) => boolean): GPUBuffer;
  give(buffer: GPUBuffer): void;
}

/** Contents of a storage, kept in another form while it has no buffer. */
export interface Backup {
  /** Writes them to the storage's new buffer. */
  restore(): void;
  dispose(): void;
}

/** A buffer in GPU memory, shared by the tensors that view it. */
export class Storage {
  readonly allocator: Allocator;
  /** Tensors that view it. */
  users = 0;
  /** Error of the kernel that should have written this memory, or something that it was computed from. */
  error?: Error | undefined;
  readonly #bytes: number;
  #buffer: GPUBuffer | undefined;
  #backup: Backup | undefined;

  constructor(allocator: Allocator, bytes: number, isBusy?: (buffer: GPUBuffer) => boolean) {
    this.allocator = allocator;
    this.#buffer = allocator.take(bytes, isBusy);
    this.#bytes = this.#buffer.size;
  }

  /** The buffer; that of an evicted storage is taken and filled first. */
  get buffer(): GPUBuffer {
    if (this.#buffer) return this.#buffer;
    this.#buffer = this.allocator.take(this.#bytes);
    this.#backup?.restore();
    return this.#buffer;
  }

  /** Returns the buffer to its allocator until the next access; from then on, the storage owns the backup. */
  evict(backup: Backup): void {
    if (!this.#buffer) return;
    this.allocator.give(this.#buffer);
    this.#buffer = undefined;
    this.#backup = backup;
  }

  /** Frees its memory. */
  free(): void {
    if (this.#buffer) this.allocator.give(this.#buffer);
    this.#backup?.dispose();
  }
}

/** Ends one tensor's use of its memory. */
export function release(storage: Storage): void {
  storage.users -= 1;
  if (storage.users === 0) storage.free();
}

export interface MemoryStatistics {
  /** Bytes of all buffers that exist. */
  readonly allocated: number;
  /** Bytes of buffers that tensors hold; the others wait for reuse. */
  readonly live: number;
  /** Largest value of `allocated` since the last `resetPeak`. */
  readonly peak: number;
}

const SMALLEST = 256;

/**
 * The size class of a request: eight classes for each power of two, so at most 12.5 % of a buffer is unused
 * (beyond the smallest, 256 bytes).
 */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST;
  const step = Math.max(SMALLEST, 2 ** (Math.floor(Math.log2(bytes - 1)) - 3));
  return Math.ceil(bytes / step) * step;
}

/** Creates storage buffers and counts them. */
export class BufferFactory {
  #allocated = 0;
  #peak = 0;
  live = 0;
  readonly #gpu: GPUDevice;
  readonly #failure: Failure;
  readonly #maxBytes: number;

  constructor(gpu: GPUDevice, failure: Failure, maxBytes: number) {
    this.#gpu = gpu;
    this.#failure = failure;
    this.#maxBytes = maxBytes;
  }

  create(bytes: number): GPUBuffer {
    if (bytes > this.#maxBytes) {
      throw new DeviceError(
        'out-of-memory',
        `a tensor of ${bytes} bytes is larger than this device's buffers (${this.#maxBytes} bytes): use a smaller image or batch`,
      );
    }
    const { STORAGE, COPY_SRC, COPY_DST } = BufferUsage;
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const label = `${bytes} bytes`;
    const buffer = this.#failure.attempt(`allocating ${label}`, () =>
      this.#gpu.createBuffer({ label, size: bytes, usage }),
    );
    this.#allocated += bytes;
    this.#peak = Math.max(this.#peak, this.#allocated);
    return buffer;
  }

  /** Stops counting buffers that the caller destroys. */
  forget(buffers: readonly GPUBuffer[]): void {
    for (const { size } of buffers) this.#allocated -= size;
  }

  resetPeak(): void {
    this.#peak = this.#allocated;
  }

  get statistics(): MemoryStatistics {
    return { allocated: this.#allocated, live: this.live, peak: this.#peak };
  }
}

/** Recycles buffers by size class. A freed buffer may serve the next recorded dispatch: commands run in order. */
export class Pool implements Allocator {
  readonly #factory: BufferFactory;
  readonly #free = new Map<number, GPUBuffer[]>();

  constructor(factory: BufferFactory) {
    this.#factory = factory;
  }

  take(bytes: number, isBusy: (buffer: GPUBuffer) => boolean = () => false): GPUBuffer {
    const size = sizeClass(bytes);
    const free = this.#free.get(size) ?? [];
    const idle = free.findLastIndex((buffer) => !isBusy(buffer));
    const [buffer = this.#factory.create(size)] = free.splice(idle, 1); // the last if all are busy
    this.#factory.live += size;
    return buffer;
  }

  give(buffer: GPUBuffer): void {
    this.#factory.live -= buffer.size;
    const bucket = this.#free.get(buffer.size);
    if (bucket) bucket.push(buffer);
    else this.#free.set(buffer.size, [buffer]);
  }

  /** Releases every buffer that no tensor holds. @returns them, for the caller to destroy */
  drain(): readonly GPUBuffer[] {
    const buffers = [...this.#free.values()].flat();
    this.#free.clear();
    this.#factory.forget(buffers);
    return buffers;
  }
}

const MAX_MISFIT = 4; // of a buffer's size to the request
const MAX_SNUG_MISFIT = 1.5;

/**
 * Memory of captured passes. While a pass is recorded, a buffer freed by one operation serves a later one; the
 * best fit is taken even when it is larger, because only the total counts. All captures share one arena:
 * replays run one after the other.
 */
export class Arena implements Allocator {
  readonly #factory: BufferFactory;
  #buffers: GPUBuffer[] = [];
  #free: GPUBuffer[] = []; // ascending sizes
  #maxMisfit = MAX_MISFIT;

  constructor(factory: BufferFactory) {
    this.#factory = factory;
  }

  /** Everything is free at the start of a recording. */
  reset(): void {
    this.#free = [...this.#buffers].sort((a, b) => a.size - b.size);
  }

  take(bytes: number): GPUBuffer {
    const size = sizeClass(bytes);
    const index = this.#free.findIndex((buffer) => buffer.size >= size);
    const best = this.#free[index];
    if (best && best.size <= size * this.#maxMisfit) {
      this.#free.splice(index, 1);
      return best;
    }
    const buffer = this.#factory.create(size);
    this.#buffers.push(buffer);
    return buffer;
  }

  give(buffer: GPUBuffer): void {
    const index = this.#free.findIndex((other) => other.size > buffer.size);
    this.#free.splice(index === -1 ? this.#free.length : index, 0, buffer);
  }

  /** Runs `body`, whose tensors are kept for long and are not to occupy buffers much larger than themselves. */
  snugly<T>(body: () => T): T {
    this.#maxMisfit = MAX_SNUG_MISFIT;
    try {
      return body();
    } finally {
      this.#maxMisfit = MAX_MISFIT;
    }
  }

  /** Releases every buffer. @returns them, for the caller to destroy */
  drain(): readonly GPUBuffer[] {
    const buffers = this.#buffers;
    this.#buffers = [];
    this.#free = [];
    this.#factory.forget(buffers);
    return buffers;
  }
}
