import { dequantize, groupsOf, type QuantizedNumbers, quantize } from '../q8.ts';
import type { Shape } from '../tensor.ts';
import { pack, packedShape, unpack } from './pack.ts';

// q8 of a parameter in a checkpoint's order of axes, [out, in] or [out, in, kh, kw]: integers of its shape, and scales
// shared by 32 inputs of one output and one place of the kernel.

/** Name of a parameter's scales in a checkpoint. */
export function scaleName(name: string): string {
  return `${name}.scale`;
}

/** Shape of the scales of a parameter: that of the parameter, with a scale for 32 inputs, the second axis. */
export function scaleShape(shape: Shape): Shape {
  return shape.map((length, axis) => (axis === 1 ? groupsOf(length) : length));
}

/**
 * Quantizes numbers in a checkpoint's order of axes.
 *
 * @param scales  of an earlier call with the same numbers, to save the search for them
 * @throws ShapeError naming a number that is not finite or too large
 */
export function quantizeParameter(
  name: string,
  numbers: Float32Array,
  shape: Shape,
  scales?: Uint16Array,
): QuantizedNumbers {
  const { data, shape: packed } = pack(numbers, shape);
  const known = scales && pack(scales, scaleShape(shape)).data;
  return unpackQuantized(quantize(data, packed.at(-1) ?? 1, name, known), shape);
}

/** The numbers that a checkpoint's q8 stands for, in its order of axes. */
export function dequantizeParameter(quantized: QuantizedNumbers, shape: Shape): Float32Array {
  const { values, scales } = packQuantized(quantized, shape);
  return unpack(dequantize({ values, scales }, packedShape(shape).at(-1) ?? 1), shape);
}

/** The same numbers, quantized in the GPU's order of axes. */
export function quantizePacked(
  name: string,
  numbers: Float32Array,
  shape: Shape,
  padChannels = 0,
): QuantizedNumbers {
  const { data, shape: packed } = pack(numbers, shape, padChannels);
  return quantize(data, packed.at(-1) ?? 1, name);
}

/** From the checkpoint's order of axes to that of the kernels. */
export function packQuantized(
  { values, scales }: QuantizedNumbers,
  shape: Shape,
  padChannels = 0,
): QuantizedNumbers {
  return {
    values: pack(values, shape, padChannels).data,
    scales: pack(scales, scaleShape(shape), groupsOf(padChannels)).data,
  };
}

/** The inverse of `packQuantized`. */
export function unpackQuantized(
  { values, scales }: QuantizedNumbers,
  shape: Shape,
  padChannels = 0,
): QuantizedNumbers {
  return {
    values: unpack(values, shape, padChannels),
    scales: unpack(scales, scaleShape(shape), groupsOf(padChannels)),
  };
}
