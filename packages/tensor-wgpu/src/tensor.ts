import type { Device } from './device/device.ts';
import { release, type Storage } from './device/memory.ts';
import { ShapeError } from './errors.ts';
import { f16ToF32 } from './f16.ts';
import { dequantize, q8Bytes, q8Numbers } from './q8.ts';
import { track } from './scope.ts';

export type Shape = readonly number[];
/** q8: integers of 8 bits, and a scale of f16 for 32 neighbors of a row, the last axis; see `quantize`. */
export type DType = 'f32' | 'f16' | 'i32' | 'u32' | 'q8';
/** Elements of a tensor; of q8, the bytes of its buffer. */
export type TypedArray = Float32Array | Uint16Array | Int32Array | Uint32Array | Uint8Array;

/** Bytes of one element, without scales. */
export const BYTES: Readonly<Record<DType, number>> = { f32: 4, f16: 2, i32: 4, u32: 4, q8: 1 };

/** Bytes of a tensor. */
export function bytesOf(shape: Shape, dtype: DType): number {
  return dtype === 'q8' ? q8Bytes(shape).total : sizeOf(shape) * BYTES[dtype];
}

/** Length of the array that holds a tensor's elements: of q8, bytes. */
export function arrayLength(shape: Shape, dtype: DType): number {
  return dtype === 'q8' ? bytesOf(shape, dtype) : sizeOf(shape);
}

const SHOWN = 6; // elements in toString

/** Numbers in arrays, one level for each axis of a tensor. */
export type NestedNumbers = number | NestedNumbers[];

/** A contiguous, row-major array in GPU memory, made by `device.tensor`, `device.empty` and operations. */
export class Tensor implements Disposable {
  readonly device: Device;
  readonly shape: Shape;
  readonly dtype: DType;
  /** @internal */
  readonly storage: Storage;
  #disposed = false;
  #seen: readonly number[] = [];

  /** @internal A device's methods and operations make tensors. */
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
    return bytesOf(this.shape, this.dtype);
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Length of one axis; negative axes count from the last. */
  dim(axis: number): number {
    const length = this.shape.at(axis);
    if (length === undefined)
      throw new ShapeError(
        `axis ${axis} of [${this.shape}], expected ${-this.shape.length} to ${this.shape.length - 1}`,
      );
    return length;
  }

  /**
   * Copies the elements to the CPU and waits for the GPU: i32 and u32 in arrays of their own, f16 and q8 as f32.
   * `device.read` takes several tensors in one transfer, and returns the bits of f16 and the bytes of q8.
   */
  async read<T extends Float32Array | Int32Array | Uint32Array = Float32Array>(): Promise<T> {
    const [stored] = await this.device.read([this]);
    const numbers = numbersOf(stored, this.shape) as T;
    this.#seen = Array.from(numbers.subarray(0, SHOWN));
    return numbers;
  }

  /** The elements in nested arrays, one level for each axis; a number for a scalar of shape []. Waits for the GPU. */
  async toArray(): Promise<NestedNumbers> {
    return nest(await this.read(), this.shape, 0);
  }

  /** Dtype, shape and, as they were last read, the first elements: `Tensor f32 [2, 3] (read: 1, 2, 3, 4, 5, 6)`. */
  toString(): string {
    const state = this.#disposed ? ', disposed' : '';
    const more = this.size > SHOWN ? ', …' : '';
    const values = this.#seen.map((value) => Number(value.toPrecision(5))).join(', ');
    return `Tensor ${this.dtype} [${this.shape.join(', ')}]${state}${values && ` (read: ${values}${more})`}`;
  }

  /** `console.log` in Node uses `toString`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Releases the memory. Safe to call twice. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    release(this.storage);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function numbersOf(stored: TypedArray, shape: Shape): TypedArray {
  if (stored instanceof Uint16Array) return f16ToF32(stored);
  return stored instanceof Uint8Array ? dequantize(q8Numbers(stored, shape), shape.at(-1) ?? 1) : stored;
}

function nest(numbers: ArrayLike<number>, shape: Shape, start: number): NestedNumbers {
  const [length, ...rest] = shape;
  if (length === undefined) return numbers[start];
  const each = sizeOf(rest);
  return Array.from({ length }, (_, i) => nest(numbers, rest, start + i * each));
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
