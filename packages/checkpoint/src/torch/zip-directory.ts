import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import { uint64, viewOf } from './bytes.ts';
import { refuseTorchScript, TorchFileError, type TorchFileErrorCode } from './torch-error.ts';
import { findDirectory } from './zip-end.ts';

// The directory at the end of a zip file, by sections 4.3.12 to 4.3.16 of the ZIP specification 6.3.10.
// Stricter than most readers: no comment, nothing compressed or encrypted, entries one after the other from the
// start of the file, so that every reader sees the same file in the same bytes.

/** A stored file of an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes of its content. */
  readonly size: number;
  /** CRC-32 of its content; 0 if the writer omitted it, which is an option of PyTorch. */
  readonly crc: number;
  /** Start of its local header. */
  readonly start: number;
  /** Start of the next entry, or of the directory. */
  readonly limit: number;
}

const CENTRAL = 0x02014b50;
export const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
/** Maximum size of the data descriptor after an entry's content. */
export const MAX_DESCRIPTOR_BYTES = 24;

/** Reads and checks the directory. @returns entries in the order of their content */
export async function readZipDirectory(source: ByteSource): Promise<ZipEntry[]> {
  const { start, end, count } = await findDirectory(source);
  const bytes = await source.read(start, end);
  const found: Omit<ZipEntry, 'limit'>[] = [];
  const names = new Set<string>();
  let at = 0;
  while (at < bytes.length) {
    const { entry, next } = readEntry(bytes, at);
    if (names.has(entry.name)) fail('zip-duplicate', `${entry.name} is there twice`);
    names.add(entry.name);
    found.push(entry);
    at = next;
  }
  if (found.length !== count) fail('zip-entries', `${found.length} entries, ${count} counted`);
  found.sort((a, b) => a.start - b.start);
  return placed(found, start);
}

/** Checks that the entries fill the file from its first byte to its directory. */
function placed(found: readonly Omit<ZipEntry, 'limit'>[], directory: number): ZipEntry[] {
  if (found.length > 0 && found[0].start !== 0) {
    fail('zip-gap', `${found[0].start} bytes before the first entry`);
  }
  return found.map((entry, i) => {
    const limit = found[i + 1]?.start ?? directory;
    const least = entry.start + LOCAL_BYTES + new TextEncoder().encode(entry.name).length + entry.size;
    if (limit > directory || entry.start >= directory) {
      fail('zip-bounds', `${entry.name} lies past byte ${directory}, where the directory starts`);
    }
    if (least > limit) {
      fail(
        'zip-overlap',
        `${entry.name} needs at least ${least - entry.start} bytes, ${limit - entry.start} are its own`,
      );
    }
    return { ...entry, limit };
  });
}

function readEntry(bytes: Uint8Array, at: number) {
  const view = viewOf(bytes);
  if (at + CENTRAL_BYTES > bytes.length || view.getUint32(at, true) !== CENTRAL) {
    fail('zip-directory', `no entry at byte ${at} of the directory`);
  }
  const lengths = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
  const [nameLength, extraLength, commentLength] = lengths;
  const next = at + CENTRAL_BYTES + nameLength + extraLength + commentLength;
  if (next > bytes.length) fail('zip-directory', `an entry at byte ${at} of the directory runs past its end`);
  const nameAt = at + CENTRAL_BYTES;
  const name = entryName(bytes.subarray(nameAt, nameAt + nameLength));
  const flags = view.getUint16(at + 8, true);
  checkFlags(name, flags, view.getUint16(at + 10, true));
  if (view.getUint16(at + 34, true) !== 0) fail('zip-disks', `${name} lies on another volume`);
  const extra = zip64Extra(bytes.subarray(nameAt + nameLength, nameAt + nameLength + extraLength), name);
  const wide = (offset: number): number => {
    const value = view.getUint32(at + offset, true);
    return value === 0xffffffff && extra.present ? extra.take() : value;
  };
  const size = wide(24);
  const compressed = wide(20);
  const start = wide(42);
  if (size !== compressed) fail('zip-size', `${name} has ${size} bytes, stored as ${compressed}`);
  return { entry: { name, size, crc: view.getUint32(at + 16, true), start }, next };
}

/** @throws TorchFileError for an entry that is compressed or encrypted */
export function checkFlags(name: string, flags: number, method: number): void {
  if (method !== 0 && name.includes('/code/')) refuseTorchScript();
  if (method !== 0)
    fail('zip-compressed', `${name} is compressed (method ${method}); torch.save stores as it is`);
  if (flags & 0x2041) fail('zip-encrypted', `${name} is encrypted`);
}

/** The 64-bit numbers of a zip64 extra field: each replaces a number that did not fit. */
export function zip64Extra(bytes: Uint8Array, name: string) {
  const view = viewOf(bytes);
  let numbers: number[] | undefined;
  for (let at = 0; at < bytes.length; ) {
    const length = at + 4 <= bytes.length ? view.getUint16(at + 2, true) : bytes.length;
    if (at + 4 + length > bytes.length) fail('zip-extra', `${name}: an extra field runs past its end`);
    if (view.getUint16(at, true) === 1) {
      if (numbers) fail('zip-extra', `${name}: two zip64 fields`);
      numbers = Array.from({ length: Math.floor(length / 8) }, (_, i) => uint64(view, at + 4 + 8 * i));
    }
    at += 4 + length;
  }
  return {
    present: numbers !== undefined,
    take(): number {
      const value = numbers?.shift();
      if (value === undefined) fail('zip64', `${name}: a zip64 field lacks a number`);
      return value;
    },
  };
}

function entryName(bytes: Uint8Array): string {
  let name: string;
  try {
    name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    fail('zip-name', 'an entry has a name that is not UTF-8');
  }
  const parts = name.split('/');
  if (/[\p{Cc}\\:]/u.test(name) || parts.some((part) => part === '' || part === '.' || part === '..')) {
    fail('zip-name', `${JSON.stringify(name)} is not allowed as the name of an entry`);
  }
  return name;
}

function fail(code: TorchFileErrorCode, message: string): never {
  throw new TorchFileError(code, message);
}
