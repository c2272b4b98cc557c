import type { Device, Tensor } from '@glip-wgpu/tensor-wgpu';
import { type KernelSpec, listOf, type NdArray, sampling } from '@glip-wgpu/tensor-wgpu/testing';
import { randomBits } from './statistics.ts';

/** Verdict on results. */
export interface Check {
  /** Compared elements, and total elements. */
  readonly compared: number;
  readonly of: number;
  /** Largest difference relative to the tolerance: above 1 is wrong. */
  readonly worst: number;
  /** Description of the mismatch, if there is one. */
  readonly message?: string;
}

/** Tolerances: absolute, relative to the element, and relative to the root mean square of all. */
export interface Tolerance {
  readonly atol?: number;
  readonly rtol?: number;
  readonly perSize?: number;
}

const SAMPLES = 256; // maximum compared elements of one output, if computing all is too slow
const PER_SIZE = 2e-5; // sums in f32 over thousands of terms

/** Positions in an array: its ends, and fixed pseudorandom ones. */
export function sampledPlaces(size: number, most: number = SAMPLES): number[] {
  if (size <= most) return Array.from({ length: size }, (_, i) => i);
  const random = randomBits(size);
  return [0, size - 1, ...Array.from({ length: most - 2 }, () => random() % size)];
}

/** Values of a kernel's f64 reference at sampled positions; NaN elsewhere. */
export function sampledReference(
  spec: KernelSpec,
  inputs: Readonly<Record<string, NdArray>>,
  options: unknown,
): readonly NdArray[] {
  return sampling(
    (size) => sampledPlaces(size),
    () => listOf(spec.reference(inputs, options)),
  );
}

/** Compares GPU outputs with a reference that is NaN where unknown; outputs must not be NaN. */
export async function checkOutputs(
  device: Device,
  outputs: readonly Tensor[],
  expected: readonly NdArray[],
  tolerance: Tolerance = {},
): Promise<Check> {
  const numbers = await device.read(outputs);
  let result: Check = { compared: 0, of: 0, worst: 0 };
  for (const [i, actual] of numbers.entries()) {
    result = merge(result, compareNumbers(`output ${i}`, actual, expected[i].data, tolerance));
  }
  return result.compared > 0 ? result : { ...result, worst: Infinity, message: 'nothing was compared' };
}

export function compareNumbers(
  what: string,
  actual: ArrayLike<number>,
  expected: Float64Array,
  { rtol = 1e-5, atol = 1e-6, perSize = PER_SIZE }: Tolerance,
): Check {
  const of = expected.length;
  const fail = (message: string): Check => ({
    compared: 0,
    of,
    worst: Infinity,
    message: `${what} ${message}`,
  });
  if (actual.length !== of) return fail(`has ${actual.length} elements, expected ${of}`);
  let squares = 0;
  let compared = 0;
  for (let i = 0; i < of; i++) {
    if (!Number.isFinite(actual[i])) return fail(`[${i}] is ${actual[i]}`);
    if (Number.isNaN(expected[i])) continue;
    squares += expected[i] ** 2;
    compared += 1;
  }
  const least = atol + perSize * Math.sqrt(squares / Math.max(1, compared));
  let worst = 0;
  let message: string | undefined;
  for (let i = 0; i < of; i++) {
    if (Number.isNaN(expected[i])) continue;
    const ratio = Math.abs(actual[i] - expected[i]) / (least + rtol * Math.abs(expected[i]));
    if (ratio > 1 && message === undefined) {
      message = `${what} [${i}] is ${actual[i]}, expected ${expected[i]}`;
    }
    worst = Math.max(worst, ratio);
  }
  return { compared, of, worst, ...(message === undefined ? {} : { message }) };
}

function merge(a: Check, b: Check): Check {
  const message = a.message ?? b.message;
  return {
    compared: a.compared + b.compared,
    of: a.of + b.of,
    worst: Math.max(a.worst, b.worst),
    ...(message === undefined ? {} : { message }),
  };
}
