import type { Device } from './device/device.ts';
import { release, type Storage } from './device/memory.ts';
import { ShapeError } from './errors.ts';
import { track } from './scope.ts';

export type Shape = readonly number[];
export type DType = 'f32' | 'f16' | 'i32' | 'u32';
export type TypedArray = Float32Array | Uint16Array | Int32Array | Uint32Array;

/** Bytes of one element. */
export const BYTES: Readonly<Record<DType, number>> = { f32: 4, f16: 2, i32: 4, u32: 4 };

/** A contiguous, row-major array in GPU memory. */
export class Tensor implements Disposable {
  readonly device: Device;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly storage: Storage;
  #disposed = false;

  constructor(device: Device, shape: Shape, dtype: DType, storage: Storage) {
    this.device = device;
    this.shape = shape;
    this.dtype = dtype;
    this.storage = storage;
    storage.users += 1;
    track(this);
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  get bytes(): number {
    return this.size * BYTES[this.dtype];
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Length of one axis; negative axes count from the last. */
  dim(axis: number): number {
    const length = this.shape.at(axis);
    if (length === undefined) throw new ShapeError(`axis ${axis} of [${this.shape}]`);
    return length;
  }

  /** Copies the elements to the CPU and waits for the GPU. f16 comes as its bits. */
  async read(): Promise<Float32Array> {
    if (this.dtype !== 'f32') throw new ShapeError(`read: ${this.dtype} tensor, use device.read`);
    return (await this.device.read([this]))[0] as Float32Array;
  }

  /** Gives the memory back. Safe to call twice. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    release(this.storage);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((size, length) => size * length, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** Throws ShapeError unless every named tensor has exactly this shape. */
export function expectShape(op: string, tensors: Readonly<Record<string, Tensor>>, shape: Shape): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!sameShape(tensor.shape, shape)) {
      throw new ShapeError(`${op}: ${name} is [${tensor.shape}], expected [${shape}]`);
    }
  }
}

/** Throws ShapeError unless the tensor has this many axes. */
export function expectRank(op: string, name: string, tensor: Tensor, rank: number): void {
  if (tensor.shape.length !== rank) {
    throw new ShapeError(`${op}: ${name} is [${tensor.shape}], expected ${rank} axes`);
  }
}
