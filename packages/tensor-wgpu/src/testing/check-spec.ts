import type { Device } from '../device/device.ts';
import { f16ToF32, f32ToF16 } from '../f16.ts';
import { valueAndGrad } from '../gradient.ts';
import { add, mul } from '../kernels/elementwise/elementwise.ts';
import { sum as sumAxes } from '../kernels/reduce/reduce.ts';
import { q8Storage, quantize } from '../q8.ts';
import { scope } from '../scope.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import { type Case, formOf, type InputSpec, type KernelSpec } from './kernel-spec.ts';
import { NdArray, randomArray, randomIntegers, roundedToF16, roundedToQ8, sum } from './ndarray.ts';

const STEP = 1e-5; // of the differences of the f64 reference

/** Random inputs of a case, and the outputs of the reference. */
export interface PreparedCase {
  readonly spec: KernelSpec;
  readonly given: Case<string, unknown>;
  readonly arrays: Readonly<Record<string, NdArray>>;
  readonly expected: readonly NdArray[];
}

/** Random inputs of a case, the same each time. */
export function randomInputs(given: Case<string, unknown>): Record<string, NdArray> {
  return mapValues(given.inputs as Record<string, InputSpec>, (input, name) => {
    if ('below' in input) return randomIntegers(input.shape, input.below, name);
    if (!('dtype' in input)) return randomArray(input, name);
    const rounded = input.dtype === 'q8' ? roundedToQ8 : roundedToF16;
    return rounded(randomArray(input.shape, name));
  });
}

export function prepareCase(spec: KernelSpec, given: Case<string, unknown>): PreparedCase {
  const arrays = randomInputs(given);
  return { spec, given, arrays, expected: listOf(spec.reference(arrays, given.options)) };
}

/** Runs the kernel and returns its outputs' numbers. */
export async function runCase(
  device: Device,
  { spec, given, arrays }: PreparedCase,
): Promise<Float32Array[]> {
  const inputs = uploadInputs(device, given, arrays);
  const outputs = listOf(scope(() => spec.run(inputs, given.options)));
  const numbers = await readNumbers(device, outputs);
  for (const tensor of [...Object.values(inputs), ...outputs]) tensor.dispose();
  return numbers;
}

/** Runs the kernel on a device and compares with the reference. Throws where they differ. */
export async function checkCase(device: Device, prepared: PreparedCase): Promise<void> {
  const { spec, expected, given, arrays } = prepared;
  const inputs = uploadInputs(device, given, arrays);
  const outputs = listOf(scope(() => spec.run(inputs, given.options)));
  for (const [i, output] of outputs.entries()) {
    if (`${output.shape}` !== `${expected[i].shape}`) {
      throw new Error(`output ${i} is [${output.shape}], expected [${expected[i].shape}]`);
    }
  }
  const { rtol = 1e-5, atol = 1e-6 } = spec.tolerance ?? {};
  const numbers = await readNumbers(device, outputs);
  for (const tensor of [...Object.values(inputs), ...outputs]) tensor.dispose();
  for (const [i, actual] of numbers.entries())
    expectClose(`output ${i}`, actual, expected[i].data, rtol, atol);
}

/** Compares the gradient for one input with a finite difference of the reference along a random direction. */
export async function checkGradient(device: Device, prepared: PreparedCase, wrt: string): Promise<void> {
  const { spec, given, arrays, expected } = prepared;
  const weights = expected.map(({ shape }, i) => randomArray(shape, `weights ${i}`));
  const direction = randomArray(arrays[wrt].shape, 'direction');
  const loss = (step: number): number => {
    const moved = arrays[wrt].data.map((value, i) => value + step * direction.data[i]);
    const outputs = spec.reference(
      { ...arrays, [wrt]: new NdArray(arrays[wrt].shape, moved) },
      given.options,
    );
    return sum(listOf(outputs).map(({ data }, i) => inner(data, weights[i].data)));
  };
  const numeric = (loss(STEP) - loss(-STEP)) / (2 * STEP);
  const inputs = uploadInputs(device, given, arrays);
  const { grads } = valueAndGrad(() => {
    const outputs = listOf(spec.run(inputs, given.options));
    const parts = outputs.map((output, i) => {
      const weighted = mul(output, device.tensor(weights[i].data, output.shape));
      return sumAxes(weighted);
    });
    return parts.reduce(add);
  }, [inputs[wrt]]);
  const analytic = inner(await grads[0].read(), direction.data);
  const size = Math.sqrt(sum(expected.map((array) => inner(array.data, array.data))));
  const allowed = 1e-4 * Math.abs(numeric) + 1e-5 * Math.max(1, size);
  if (!(Math.abs(analytic - numeric) <= allowed)) {
    throw new Error(`d/d${wrt}: ${analytic}, differences of the reference give ${numeric}`);
  }
}

export function expectClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  rtol: number,
  atol: number,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what} has ${actual.length} elements, expected ${expected.length}`);
  }
  for (let i = 0; i < expected.length; i++) {
    const allowed = atol + rtol * Math.abs(expected[i]);
    if (Math.abs(actual[i] - expected[i]) <= allowed) continue; // false for NaN
    throw new Error(
      `${what}[${i}]: ${actual[i]}, expected ${expected[i]} within ${allowed.toExponential(1)}`,
    );
  }
}

async function readNumbers(device: Device, outputs: readonly Tensor[]): Promise<Float32Array[]> {
  const arrays = await device.read(outputs);
  return arrays.map((array, i) =>
    outputs[i].dtype === 'f16' ? f16ToF32(array as Uint16Array) : (array as Float32Array),
  );
}

/** A case's inputs on a device. */
export function uploadInputs(
  device: Device,
  given: Case<string, unknown>,
  arrays: Readonly<Record<string, NdArray>>,
): Record<string, Tensor> {
  return mapValues(arrays as Record<string, NdArray>, ({ data, shape }, name) => {
    const [, dtype] = formOf(given.inputs[name] as InputSpec);
    if (dtype === 'f32') return device.tensor(data, shape, 'f32');
    if (dtype === 'f16') return device.tensor(f32ToF16(Float32Array.from(data)), shape, 'f16');
    if (dtype === 'q8') {
      const numbers = quantize(Float32Array.from(data), shape.at(-1) ?? 1);
      return device.tensor(q8Storage(numbers), shape, 'q8');
    }
    return device.tensor(dtype === 'i32' ? Int32Array.from(data) : Uint32Array.from(data), shape);
  });
}

export function listOf<T extends object>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

function mapValues<A, B>(
  from: Readonly<Record<string, A>>,
  map: (value: A, key: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, map(value, key)]));
}

function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return sum(Array.from(a, (value, i) => value * b[i]));
}

/** Elements of the largest output: gradients of large cases would spend their time in the reference. */
export function largestOutput({ expected }: PreparedCase): number {
  return Math.max(...expected.map(({ shape }) => sizeOf(shape)));
}
