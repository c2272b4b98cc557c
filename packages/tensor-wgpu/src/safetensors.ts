import { safetensorsHalves, safetensorsToF32, safetensorsToNumbers } from './safetensors-decode.ts';
import { SafetensorsError } from './safetensors-error.ts';
import {
  checkTensorName,
  parseSafetensorsHeader,
  SAFETENSORS_BYTES,
  type SafetensorsDtype,
  type SafetensorsInfo,
  tensorBytes,
} from './safetensors-header.ts';

/** A parsed file. Nothing is decoded until it is asked for; every method throws `no-such-tensor` for other names. */
export interface SafetensorsFile {
  /** In the order of their data. */
  readonly names: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  has(name: string): boolean;
  info(name: string): SafetensorsInfo;
  /** The stored bytes, a view of the file. */
  bytes(name: string): Uint8Array;
  /** F32, F16, BF16 or F64 as f32; a view of the file where it is F32 and aligned. */
  f32(name: string): Float32Array;
  /** The bits of an F16 tensor, without a conversion; undefined of other dtypes. */
  f16(name: string): Uint16Array | undefined;
  /** Any dtype as numbers. @throws SafetensorsError conversion, for an integer beyond 2^53 */
  numbers(name: string): Float64Array;
}

/**
 * Opens a safetensors file. Only little-endian hosts, as is WebGPU.
 *
 * @param bytes  the whole file
 * @throws SafetensorsError naming the tensor and the rule that the file breaks
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { tensors, metadata } = parseSafetensorsHeader(bytes, bytes.length);

  function info(name: string): SafetensorsInfo {
    const found = tensors.get(name);
    if (found === undefined) {
      throw new SafetensorsError('no-such-tensor', `${name} is not among its ${tensors.size} tensors`);
    }
    return found;
  }
  function read(name: string): Uint8Array {
    const { begin, end } = info(name);
    return bytes.subarray(begin, end);
  }

  return {
    names: [...tensors.keys()],
    metadata,
    has: (name) => tensors.has(name),
    info,
    bytes: read,
    f32: (name) => safetensorsToF32(info(name).dtype, read(name)),
    f16: (name) => (info(name).dtype === 'F16' ? safetensorsHalves(read(name)) : undefined),
    numbers: (name) => safetensorsToNumbers(info(name).dtype, read(name)),
  };
}

/** A tensor to store: `data` holds exactly the elements of `shape`, in the memory format of `dtype`. */
export interface SafetensorsEntry {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/**
 * Writes a safetensors file. The bytes depend only on the content: widest dtypes first, then by name, metadata by
 * key, data from a multiple of 8 on, so that every tensor is aligned.
 *
 * @throws SafetensorsError name, shape or size, for an entry that the reader would refuse
 */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, entry: SafetensorsEntry]>,
  metadata: Iterable<readonly [key: string, value: string]> = [],
): Uint8Array {
  const entries = [...tensors].sort(
    ([a, { dtype: x }], [b, { dtype: y }]) => SAFETENSORS_BYTES[y] - SAFETENSORS_BYTES[x] || compare(a, b),
  );
  const header: [string, unknown][] = [];
  const notes = [...metadata].sort(([a], [b]) => compare(a, b));
  if (notes.length > 0) header.push(['__metadata__', Object.fromEntries(notes)]);

  let position = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    checkTensorName(name);
    const size = tensorBytes(name, dtype, shape);
    if (data.byteLength !== size) {
      throw new SafetensorsError(
        'size',
        `${name} is [${shape}] of ${dtype}, ${size} bytes, but its data has ${data.byteLength}`,
      );
    }
    header.push([name, { dtype, shape, data_offsets: [position, position + size] }]);
    position += size;
  }

  // Written pair by pair: an object would move names that look like array indices to the front.
  const json = `{${header.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const dataStart = Math.ceil((8 + text.length) / 8) * 8;
  const file = new Uint8Array(dataStart + position);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  file.fill(0x20, 8, dataStart).set(text, 8);

  position = dataStart;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  parseSafetensorsHeader(file, file.length); // duplicate names, ranks and lengths that only a reader sees
  return file;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
