import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import { uint64, viewOf } from './bytes.ts';
import { TorchFileError, type TorchFileErrorCode } from './torch-error.ts';

// The end of a zip file: ZIP specification 6.3.10, sections 4.3.14 to 4.3.16.

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const MAX_ENTRIES = 100_000;
const MAX_DIRECTORY_BYTES = 64_000_000;

/** Position of the directory and the number of its entries. @throws TorchFileError zip-* */
export async function findDirectory(source: ByteSource) {
  const { size } = source;
  if (size < END_BYTES) fail('zip-end', `${size} bytes are no zip archive`);
  const tailStart = Math.max(0, size - END_BYTES - LOCATOR_BYTES - END64_BYTES);
  const tail = await source.read(tailStart, size);
  const view = viewOf(tail);
  const at = tail.length - END_BYTES;
  if (view.getUint32(at, true) !== END) {
    fail('zip-end', 'no end record at the end: the file is cut off, or something was added to it');
  }
  if (view.getUint16(at + 20, true) !== 0) fail('zip-comment', 'its end record announces a comment');
  const short = {
    disk: view.getUint16(at + 4, true) + view.getUint16(at + 6, true),
    onDisk: view.getUint16(at + 8, true),
    count: view.getUint16(at + 10, true),
    bytes: view.getUint32(at + 12, true),
    start: view.getUint32(at + 16, true),
  };
  if (short.disk !== 0) fail('zip-disks', 'it is one of several volumes');
  if (short.onDisk !== short.count) fail('zip-entries', 'two numbers of entries');
  const locator = at - LOCATOR_BYTES;
  const is64 = locator >= 0 && view.getUint32(locator, true) === LOCATOR64;
  const record = locator - END64_BYTES;
  const long = is64 ? readEnd64(view, locator, record, tailStart) : undefined;
  const end = long ? tailStart + record : tailStart + at;
  const found = {
    count: agree('entries', short.count, 0xffff, long?.count),
    bytes: agree('bytes of the directory', short.bytes, 0xffffffff, long?.bytes),
    start: agree('start of the directory', short.start, 0xffffffff, long?.start),
  };
  if (found.start + found.bytes !== end) {
    fail('zip-end', `its directory should end at byte ${end}, not at ${found.start + found.bytes}`);
  }
  if (found.count > MAX_ENTRIES)
    fail('zip-entries', `${found.count} entries, at most ${MAX_ENTRIES} are read`);
  if (found.bytes > MAX_DIRECTORY_BYTES) fail('zip-directory', `a directory of ${found.bytes} bytes`);
  return { start: found.start, end, count: found.count };
}

function readEnd64(view: DataView, locator: number, record: number, tailStart: number) {
  if (record < 0 || view.getUint32(record, true) !== END64)
    fail('zip64', 'no zip64 end record before its locator');
  if (uint64(view, locator + 8) !== tailStart + record) fail('zip64', 'its locator points elsewhere');
  if (uint64(view, record + 4) !== END64_BYTES - 12)
    fail('zip64', 'its zip64 end record has an unknown length');
  const disks =
    view.getUint32(locator + 4, true) + view.getUint32(record + 16, true) + view.getUint32(record + 20, true);
  if (disks !== 0 || view.getUint32(locator + 16, true) > 1)
    fail('zip-disks', 'it is one of several volumes');
  const count = uint64(view, record + 32);
  if (uint64(view, record + 24) !== count) fail('zip-entries', 'two numbers of entries');
  return { count, bytes: uint64(view, record + 40), start: uint64(view, record + 48) };
}

/** A number that is stored twice, where one may be a sentinel for "see the other". */
function agree(what: string, short: number, elsewhere: number, long: number | undefined): number {
  if (long === undefined) {
    if (short === elsewhere) fail('zip64', `its ${what} should be in a zip64 record that is not there`);
    return short;
  }
  if (short !== elsewhere && short !== long) fail('zip64', `its ${what}: ${short} and ${long}`);
  return long;
}

function fail(code: TorchFileErrorCode, message: string): never {
  throw new TorchFileError(code, message);
}
