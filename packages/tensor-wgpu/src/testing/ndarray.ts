import { f16ToF32, f32ToF16 } from '../f16.ts';
import { dequantize, quantize } from '../q8.ts';
import { type Shape, sizeOf } from '../tensor.ts';

let sampled: ((size: number) => Iterable<number>) | undefined;

/**
 * While `body` runs, `NdArray.fill` computes only the elements that `indices` picks out of `size`; the others are NaN.
 * For references of outputs that are too large to compute whole.
 */
export function sampling<T>(indices: (size: number) => Iterable<number>, body: () => T): T {
  sampled = indices;
  try {
    return body();
  } finally {
    sampled = undefined;
  }
}

/** A row-major array of f64 on the CPU, for references. */
export class NdArray {
  readonly shape: Shape;
  readonly data: Float64Array;

  constructor(shape: Shape, data?: ArrayLike<number>) {
    this.shape = shape;
    this.data = data ? new Float64Array(data) : new Float64Array(sizeOf(shape));
  }

  dim(axis: number): number {
    return this.shape.at(axis) as number;
  }

  /** The flat index of an element. */
  at(...index: number[]): number {
    const { shape } = this;
    let flat = 0;
    for (let axis = 0; axis < index.length; axis++) flat = flat * shape[axis] + index[axis];
    return flat;
  }

  /** The index of a flat index. */
  indexOf(flat: number): number[] {
    const index = this.shape.map(() => 0);
    for (let axis = index.length - 1, rest = flat; axis >= 0; axis--) {
      index[axis] = rest % this.shape[axis];
      rest = Math.floor(rest / this.shape[axis]);
    }
    return index;
  }

  get(...index: number[]): number {
    const { shape } = this; // without a call of `at`: references spend most of their time here
    let flat = 0;
    for (let axis = 0; axis < index.length; axis++) flat = flat * shape[axis] + index[axis];
    return this.data[flat];
  }

  /** Calls `value` for each element, in order, and keeps what it returns. */
  static fill(shape: Shape, value: (...index: number[]) => number): NdArray {
    const array = new NdArray(shape);
    if (sampled) {
      array.data.fill(NaN);
      for (const flat of sampled(array.data.length)) array.data[flat] = value(...array.indexOf(flat));
      return array;
    }
    const index = shape.map(() => 0);
    for (let flat = 0; flat < array.data.length; flat++) {
      array.data[flat] = value(...index);
      for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
    }
    return array;
  }
}

/** `body` that keeps its last result: for what neighboring elements of a reference share, such as a row's sum. */
export function rememberLast<T>(body: (...index: number[]) => T): (...index: number[]) => T {
  let last: { readonly index: readonly number[]; readonly value: T } | undefined;
  return (...index) => {
    if (!last?.index.every((n, i) => n === index[i])) last = { index, value: body(...index) };
    return last.value;
  };
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Numbers in [-1, 1) exact in f32, the same for the same seed. */
export function randomArray(shape: Shape, seed: string): NdArray {
  const next = randomBits(seed);
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = next() / 2 ** 31;
  return new NdArray(shape, data);
}

/** The values rounded to f16. */
export function roundedToF16({ shape, data }: NdArray): NdArray {
  return new NdArray(shape, f16ToF32(f32ToF16(Float32Array.from(data))));
}

/** The values rounded to q8, as rows along the last axis. */
export function roundedToQ8({ shape, data }: NdArray): NdArray {
  const length = shape.at(-1) ?? 1;
  return new NdArray(shape, dequantize(quantize(Float32Array.from(data), length), length));
}

/** Whole numbers from 0 to below - 1, the same for the same seed. */
export function randomIntegers(shape: Shape, below: number, seed: string): NdArray {
  const next = randomBits(seed);
  return new NdArray(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, () => Math.abs(next()) % below),
  );
}

function randomBits(seed: string): () => number {
  let state = [...seed].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16777619), 2166136261);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
}
