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

/** A parsed file. Nothing is decoded until it is requested; every method throws `no-such-tensor` for other names. */
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

/** Layout of a file, without its numbers. */
export interface SafetensorsLayout {
  /** The file's start, up to the first tensor. */
  readonly header: Uint8Array;
  /** Names in the order of their data, which has no gaps. */
  readonly order: readonly string[];
  /** Bytes of the whole file. */
  readonly fileSize: number;
}

/**
 * The header and the order of a file, to write it in parts. The bytes depend only on the content: widest dtypes first,
 * then by name, metadata by key, data from a multiple of 8 on, so that every tensor is aligned.
 *
 * @throws SafetensorsError name, shape, duplicate-tensor, for what the reader would refuse
 */
export function layoutSafetensors(
  tensors: Iterable<readonly [name: string, info: Pick<SafetensorsEntry, 'dtype' | 'shape'>]>,
  metadata: Iterable<readonly [key: string, value: string]> = [],
): SafetensorsLayout {
  const entries = [...tensors].sort(
    ([a, { dtype: x }], [b, { dtype: y }]) => SAFETENSORS_BYTES[y] - SAFETENSORS_BYTES[x] || compare(a, b),
  );
  const parts: [string, unknown][] = [];
  const notes = [...metadata].sort(([a], [b]) => compare(a, b));
  if (notes.length > 0) parts.push(['__metadata__', Object.fromEntries(notes)]);

  let position = 0;
  for (const [name, { dtype, shape }] of entries) {
    checkTensorName(name);
    const end = position + tensorBytes(name, dtype, shape);
    parts.push([name, { dtype, shape, data_offsets: [position, end] }]);
    position = end;
  }

  // Written pair by pair: an object would move names that look like array indices to the front.
  const json = `{${parts.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const dataStart = Math.ceil((8 + text.length) / 8) * 8;
  const header = new Uint8Array(dataStart);
  new DataView(header.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  header.fill(0x20, 8).set(text, 8);
  const fileSize = dataStart + position;
  parseSafetensorsHeader(header, fileSize); // duplicate names, ranks and lengths that only a reader sees
  return { header, order: entries.map(([name]) => name), fileSize };
}

/**
 * Writes a safetensors file, laid out as `layoutSafetensors` says.
 *
 * @throws SafetensorsError name, shape or size, for an entry that the reader would refuse
 */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, entry: SafetensorsEntry]>,
  metadata: Iterable<readonly [key: string, value: string]> = [],
): Uint8Array {
  const entries = [...tensors];
  for (const [name, { dtype, shape, data }] of entries) {
    checkTensorName(name);
    const size = tensorBytes(name, dtype, shape);
    if (data.byteLength !== size) {
      throw new SafetensorsError(
        'size',
        `${name} is [${shape}] of ${dtype}, ${size} bytes, but its data has ${data.byteLength}`,
      );
    }
  }
  const { header, order, fileSize } = layoutSafetensors(entries, metadata);
  const file = new Uint8Array(fileSize);
  file.set(header);
  const stored = new Map(entries);
  let position = header.length;
  for (const name of order) {
    const { data } = stored.get(name) as SafetensorsEntry;
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return file;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
