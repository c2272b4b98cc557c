import { f16ToF32 } from '../f16.ts';
import { SafetensorsError } from './safetensors-error.ts';
import type { SafetensorsDtype } from './safetensors-header.ts';

/**
 * Decodes a tensor's bytes to f32; F64 is rounded to nearest. A view of `bytes` where they are aligned F32.
 *
 * @throws SafetensorsError conversion, for an integer dtype
 */
export function safetensorsToF32(dtype: SafetensorsDtype, bytes: Uint8Array): Float32Array {
  switch (dtype) {
    case 'F32':
      return view(Float32Array, bytes);
    case 'F64':
      return new Float32Array(view(Float64Array, bytes));
    case 'BF16':
      return bf16ToF32(view(Uint16Array, bytes));
    case 'F16':
      return f16ToF32(safetensorsHalves(bytes));
    default:
      throw new SafetensorsError('conversion', `${dtype} is not a floating dtype`);
  }
}

/** The bits of a tensor of F16. A view of `bytes` where they are aligned. */
export function safetensorsHalves(bytes: Uint8Array): Uint16Array {
  return view(Uint16Array, bytes);
}

/**
 * Decodes a tensor's bytes to numbers; BOOL becomes 0 and 1.
 *
 * @throws SafetensorsError conversion, for an integer beyond 2^53
 */
export function safetensorsToNumbers(dtype: SafetensorsDtype, bytes: Uint8Array): Float64Array {
  switch (dtype) {
    case 'U64':
      return Float64Array.from(view(BigUint64Array, bytes), exactNumber);
    case 'I64':
      return Float64Array.from(view(BigInt64Array, bytes), exactNumber);
    case 'F64':
      return new Float64Array(view(Float64Array, bytes));
    case 'U32':
      return new Float64Array(view(Uint32Array, bytes));
    case 'I32':
      return new Float64Array(view(Int32Array, bytes));
    case 'U16':
      return new Float64Array(view(Uint16Array, bytes));
    case 'I16':
      return new Float64Array(view(Int16Array, bytes));
    case 'I8':
      return new Float64Array(view(Int8Array, bytes));
    case 'U8':
      return new Float64Array(bytes);
    case 'BOOL':
      return Float64Array.from(bytes, (byte) => (byte === 0 ? 0 : 1));
    default:
      return new Float64Array(safetensorsToF32(dtype, bytes));
  }
}

interface ViewOf<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

function view<T>(type: ViewOf<T>, bytes: Uint8Array): T {
  // Copied with `new`: slice() of a Node Buffer is not a copy.
  const aligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new type(aligned.buffer, aligned.byteOffset, bytes.length / type.BYTES_PER_ELEMENT);
}

function bf16ToF32(values: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(values, (bits) => bits << 16).buffer);
}

function exactNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new SafetensorsError('conversion', `${value} cannot be represented exactly as a number`);
  }
  return number;
}
