import { SafetensorsError } from './safetensors-error.ts';
import { type HeaderScanner, scanHeader } from './safetensors-scanner.ts';

/** Element types of a safetensors file, with the bytes of one element. */
export const SAFETENSORS_BYTES = {
  ...{ BOOL: 1, U8: 1, I8: 1, U16: 2, I16: 2, F16: 2, BF16: 2 },
  ...{ U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8 },
} as const;

export type SafetensorsDtype = keyof typeof SAFETENSORS_BYTES;

/** One tensor of a file. `begin` and `end` are byte positions in the whole file, header included. */
export interface SafetensorsInfo {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their data. */
  readonly tensors: ReadonlyMap<string, SafetensorsInfo>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Byte position of the first tensor. */
  readonly dataStart: number;
  /** Size in bytes that the whole file must have. */
  readonly fileSize: number;
}

const MAX_HEADER_BYTES = 100_000_000; // as the reference implementation
const MAX_TENSORS = 100_000;
const MAX_RANK = 32;
// Names that would reach an object's prototype in a reader less careful than this one.
const RESERVED_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Bytes from the start of a file to its first tensor, from the first 8 bytes. For reading by ranges:
 * fetch 8 bytes, then this many, then `parseSafetensorsHeader`, then only the tensors that are needed.
 *
 * @throws SafetensorsError no-length, header-empty, header-too-long
 */
export function safetensorsDataStart(bytes: Uint8Array): number {
  if (bytes.length < 8) {
    throw new SafetensorsError('no-length', `${bytes.length} bytes, expected at least 8`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length === 0) throw new SafetensorsError('header-empty', 'header of 0 bytes');
  if (length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      'header-too-long',
      `header of ${length} bytes, expected at most ${MAX_HEADER_BYTES}; is this a safetensors file?`,
    );
  }
  return 8 + length;
}

/**
 * Reads and checks the header of a safetensors file: https://github.com/huggingface/safetensors#format
 *
 * Stricter than JSON.parse, which keeps the last of duplicate keys: every tensor must be named once, and the
 * tensors must fill the data from its start without gap or overlap.
 *
 * @param bytes     the start of the file, up to `safetensorsDataStart` or more
 * @param fileSize  size of the whole file in bytes, where known; checked against the tensors
 * @throws SafetensorsError naming the tensor and the rule
 */
export function parseSafetensorsHeader(bytes: Uint8Array, fileSize?: number): SafetensorsHeader {
  const dataStart = safetensorsDataStart(bytes);
  if (dataStart > bytes.length) {
    throw new SafetensorsError(
      'header-past-end',
      `header ends at byte ${dataStart}, ${bytes.length} bytes given`,
    );
  }
  if (bytes[8] !== 0x7b) throw new SafetensorsError('header-start', 'header does not start with {');
  const { tensors, metadata } = readEntries(decodeHeader(bytes.subarray(8, dataStart)));

  const ordered = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const placed = new Map<string, SafetensorsInfo>();
  let position = 0;
  for (const [name, info] of ordered) {
    if (info.begin !== position) {
      throw new SafetensorsError(
        info.begin > position ? 'gap' : 'overlap',
        `${name} starts at data byte ${info.begin}, expected ${position}`,
      );
    }
    position = info.end;
    placed.set(name, { ...info, begin: dataStart + info.begin, end: dataStart + info.end });
  }

  const expectedSize = dataStart + position;
  if (fileSize !== undefined && fileSize !== expectedSize) {
    throw new SafetensorsError(
      fileSize < expectedSize ? 'data-past-end' : 'trailing-bytes',
      `file of ${fileSize} bytes, its tensors need ${expectedSize}`,
    );
  }
  return { tensors: placed, metadata, dataStart, fileSize: expectedSize };
}

/** A tensor's name as this library accepts it. @throws SafetensorsError name */
export function checkTensorName(name: string): void {
  if (RESERVED_NAMES.has(name) || /\p{Cc}|\p{Cs}/u.test(name)) {
    throw new SafetensorsError('name', `${JSON.stringify(name)} is not allowed as a name`);
  }
}

/** Bytes of a tensor. @throws SafetensorsError shape, where they exceed 2^53 */
export function tensorBytes(name: string, dtype: SafetensorsDtype, shape: readonly number[]): number {
  let size: number = SAFETENSORS_BYTES[dtype];
  for (const dim of shape) {
    size *= dim;
    if (!Number.isSafeInteger(size)) {
      throw new SafetensorsError('shape', `${name} is [${shape}] of ${dtype}, too large to address`);
    }
  }
  return size;
}

function decodeHeader(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SafetensorsError('header-utf8', 'header is not valid UTF-8');
  }
}

function readEntries(text: string) {
  const json = scanHeader(text);
  const tensors = new Map<string, SafetensorsInfo>();
  const metadata = new Map<string, string>();
  json.object('duplicate-tensor', (name) => {
    if (name === '__metadata__') {
      json.object('duplicate-key', (key) => metadata.set(key, json.string('metadata', key)), 'metadata');
      return;
    }
    checkTensorName(name);
    tensors.set(name, readInfo(json, name));
    if (tensors.size > MAX_TENSORS) {
      throw new SafetensorsError('too-many-tensors', `more than ${MAX_TENSORS} tensors`);
    }
  });
  json.end();
  return { tensors, metadata };
}

function readInfo(json: HeaderScanner, name: string): SafetensorsInfo {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  json.object('duplicate-key', (key) => {
    if (key === 'dtype') dtype = json.string('dtype', name);
    else if (key === 'shape') shape = json.integers('shape', name, MAX_RANK);
    else if (key === 'data_offsets') offsets = json.integers('offsets', name, 2);
    else throw new SafetensorsError('unknown-key', `${name} has the key ${JSON.stringify(key)}`);
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    const missing = dtype === undefined ? 'dtype' : shape === undefined ? 'shape' : 'data_offsets';
    throw new SafetensorsError('missing-key', `${name} has no ${missing}`);
  }
  if (!Object.hasOwn(SAFETENSORS_BYTES, dtype)) {
    throw new SafetensorsError('dtype', `${name} has the unknown dtype ${JSON.stringify(dtype)}`);
  }
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || begin > end) {
    throw new SafetensorsError('offsets', `${name} has the data_offsets [${offsets}], expected [begin, end]`);
  }
  const known = dtype as SafetensorsDtype;
  const size = tensorBytes(name, known, shape);
  if (end - begin !== size) {
    throw new SafetensorsError(
      'size',
      `${name} is [${shape}] of ${dtype}, ${size} bytes, but its data_offsets span ${end - begin}`,
    );
  }
  return { dtype: known, shape, begin, end };
}
