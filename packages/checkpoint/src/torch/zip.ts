import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import { viewOf } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { TorchFileError } from './torch-error.ts';
import {
  checkFlags,
  LOCAL_BYTES,
  MAX_DESCRIPTOR_BYTES,
  readZipDirectory,
  type ZipEntry,
  zip64Extra,
} from './zip-directory.ts';

const LOCAL = 0x04034b50;
const HAS_DESCRIPTOR = 0x0008; // CRC and sizes follow the content; the header may have zeros

/** A zip archive of stored files, read in ranges. */
export interface ZipArchive {
  /** In the order of their content. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /**
   * Content from byte `start` to `end`, by default all of it; a read of the whole content verifies the checksum.
   *
   * Rejects with TorchFileError zip-missing, zip-local, zip-gap, zip-crc
   */
  read(name: string, start?: number, end?: number): Promise<Uint8Array>;
}

/** Opens an archive; only its directory is read. @throws TorchFileError naming the entry and the rule it breaks */
export async function openZip(source: ByteSource): Promise<ZipArchive> {
  const entries = new Map((await readZipDirectory(source)).map((entry) => [entry.name, entry]));
  return {
    entries,
    async read(name, start = 0, end) {
      const entry = entries.get(name);
      if (!entry) throw new TorchFileError('zip-missing', `${name} is not in the archive`);
      if (start === 0 && (end === undefined || end === entry.size)) return readWhole(source, entry);
      const content = await contentStart(source, entry);
      return source.read(content + start, content + (end ?? entry.size));
    },
  };
}

/** Reads header and content at once, starting at a multiple of 8, so that alignment in the file is kept in memory. */
async function readWhole(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const before = entry.start % 8;
  const bytes = (await source.read(entry.start - before, entry.limit)).subarray(before);
  const start = checkHeader(bytes, entry);
  const content = bytes.subarray(start, start + entry.size);
  const crc = entry.crc === 0 ? 0 : crc32(content);
  if (crc !== entry.crc) {
    throw new TorchFileError('zip-crc', `${entry.name} is damaged: its checksum is ${crc}, not ${entry.crc}`);
  }
  return content;
}

async function contentStart(source: ByteSource, entry: ZipEntry): Promise<number> {
  const length = headerBytes(await source.read(entry.start, entry.start + LOCAL_BYTES), entry);
  return entry.start + checkHeader(await source.read(entry.start, entry.start + length), entry);
}

/** Length of an entry's own header, by its first `LOCAL_BYTES` bytes. @throws TorchFileError zip-local */
export function headerBytes(fixed: Uint8Array, { name, start, limit }: ZipEntry): number {
  const view = viewOf(fixed);
  const length = LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + length > limit) throw new TorchFileError('zip-local', `${name}: its header is too long`);
  return length;
}

/** Offset of the content in the entry's bytes; the local header is compared with the directory first. */
export function checkHeader(bytes: Uint8Array, { name, size, crc, start, limit }: ZipEntry): number {
  const differs = (what: string): never => {
    throw new TorchFileError('zip-local', `${name}: its own header has another ${what} than the directory`);
  };
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== LOCAL) differs('signature');
  const flags = view.getUint16(6, true);
  checkFlags(name, flags, view.getUint16(8, true));
  const nameEnd = LOCAL_BYTES + view.getUint16(26, true);
  const content = nameEnd + view.getUint16(28, true);
  if (content > bytes.length) differs('length');
  if (new TextDecoder().decode(bytes.subarray(LOCAL_BYTES, nameEnd)) !== name) differs('name');
  const extra = zip64Extra(bytes.subarray(nameEnd, content), name);
  const later = (flags & HAS_DESCRIPTOR) !== 0;
  const sizes = [22, 18].map((offset) => {
    const value = view.getUint32(offset, true);
    return value === 0xffffffff && extra.present ? extra.take() : value;
  });
  if (sizes.some((value) => value !== size && !(later && value === 0))) differs('size');
  const ownCrc = view.getUint32(14, true);
  if (ownCrc !== crc && !(later && ownCrc === 0)) differs('checksum');
  const rest = limit - start - content - size;
  if (rest < 0) throw new TorchFileError('zip-overlap', `${name} reaches into the next entry`);
  if (rest > (later ? MAX_DESCRIPTOR_BYTES : 0)) {
    throw new TorchFileError('zip-gap', `${rest} bytes after ${name} belong to no entry`);
  }
  return content;
}
