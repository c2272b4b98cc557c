import { ShapeError } from './errors.ts';

/** The largest finite f16. */
const LARGEST_F16 = 65504;

const SMALLEST_NORMAL = 0x38800000; // bits of 2^-14 in f32
const REBIAS = 0x38000000; // exponent biases differ by 112

/**
 * Bits of the nearest f16, ties to even; NaN stays NaN.
 *
 * @param name  name of the values, for the error
 * @throws ShapeError naming the first value that is beyond 65504
 */
export function f32ToF16(values: Float32Array, name = 'values'): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const magnitude = bits[i] & 0x7fffffff;
    const sign = (bits[i] >>> 16) & 0x8000;
    const value = Math.abs(values[i]);
    if (value > LARGEST_F16) {
      throw new ShapeError(
        `f32ToF16: ${name} holds ${values[i]} at ${i}, beyond ${LARGEST_F16}, the largest f16: keep it as f32`,
      );
    }
    if (Number.isNaN(value)) halves[i] = sign | 0x7e00;
    else if (magnitude < SMALLEST_NORMAL) halves[i] = sign | roundHalfEven(value * 2 ** 24);
    else halves[i] = sign | ((magnitude - REBIAS + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  return halves;
}

/** Numbers of f16 bits, exactly. */
export function f16ToF32(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < bits.length; i++) {
    const half = halves[i];
    const special = (half & 0x7c00) === 0x7c00 ? 0x7f800000 : 0; // infinity and NaN
    bits[i] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13) | special;
  }
  const values = new Float32Array(bits.buffer);
  // Multiplying instead of adding to the exponent is exact for subnormals too.
  for (let i = 0; i < values.length; i++) values[i] *= 2 ** 112;
  return values;
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
