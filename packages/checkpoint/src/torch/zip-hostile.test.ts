import { byteSource } from '@glip-wgpu/tensor-wgpu';
import { describe, expect, it } from 'vitest';
import { fields, joined, type WrittenEnd, type WrittenEntry, writeZip } from '../testing/zip-writer.ts';
import { crc32 } from './crc32.ts';
import { TorchFileError } from './torch-error.ts';
import { openZip } from './zip.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const A: WrittenEntry = { name: 'x/a', data: bytes('first') };
const B: WrittenEntry = { name: 'x/b', data: bytes('second') };
const zip = (a: Partial<WrittenEntry> = {}, end: WrittenEnd = {}): Uint8Array =>
  writeZip([{ ...A, ...a }, B], end);
const EVERYTHING = { count: 0xffff, onDisk: 0xffff, bytes: 0xffffffff, start: 0xffffffff };
const wide = (...numbers: bigint[]): Uint8Array =>
  fields([2, 1], [2, 8 * numbers.length], ...numbers.map((n) => [8, n] as const));

async function codeOf(file: Uint8Array): Promise<string> {
  try {
    const archive = await openZip(byteSource(file));
    let total = 0;
    for (const name of archive.entries.keys()) {
      total += (await archive.read(name)).length;
      await archive.read(name, 1, 2);
    }
    expect(total).toBeLessThanOrEqual(file.length);
  } catch (error) {
    if (error instanceof TorchFileError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('a zip archive that torch.save could have written', () => {
  const good: [title: string, file: Uint8Array][] = [
    ['plain', zip()],
    ['with zip64 records', zip({}, { zip64: {} })],
    ['with zip64 records and nothing else', zip({}, { zip64: {}, ...EVERYTHING })],
    ['with the size in a zip64 field', zip({ size: 0xffffffff, extra: wide(5n, 5n) })],
    ['with the position in a zip64 field', writeZip([A, { ...B, start: 0xffffffff, extra: wide(38n) }])],
    [
      'with sizes after the content',
      zip({
        flags: 0x0808,
        local: { size: 0, crc: 0 },
        descriptor: fields([4, 0x08074b50], [4, crc32(A.data)], [8, 5], [8, 5]),
      }),
    ],
    [
      'without checksums',
      writeZip([
        { ...A, crc: 0 },
        { ...B, crc: 0 },
      ]),
    ],
    ['empty', writeZip([])],
  ];
  it.each(good)('%s is read', async (_, file) => {
    expect(await codeOf(file)).toBe('accepted');
  });

  it('gives content whole and in parts', async () => {
    const archive = await openZip(byteSource(zip()));
    expect(await archive.read('x/b')).toEqual(B.data);
    expect(await archive.read('x/b', 2, 4)).toEqual(bytes('co'));
    await expect(archive.read('x/c')).rejects.toMatchObject({ code: 'zip-missing' });
  });
});

// biome-ignore format: one case a line
const malformed: [title: string, code: string, file: Uint8Array][] = [
  ['nothing', 'zip-end', new Uint8Array(0)],
  ['21 bytes', 'zip-end', new Uint8Array(21)],
  ['no end record', 'zip-end', zip().subarray(0, -22)],
  ['a byte after the end record', 'zip-end', zip({}, { after: bytes('x') })],
  ['another archive after it', 'zip-end', joined([zip(), zip()])],
  ['bytes before it', 'zip-gap', zip({}, { before: bytes('#!/bin/sh\n') })],
  ['bytes before it that are not counted', 'zip-end', joined([bytes('#!'), zip()])],
  ['a comment', 'zip-end', zip({}, { comment: bytes('hello') })],
  ['a comment that is an end record', 'zip-end', zip({}, { comment: writeZip([]) })],
  ['a comment that is announced and missing', 'zip-comment', (() => { const file = zip(); file[file.length - 2] = 1; return file; })()],
  ['a directory that the comment brings', 'zip-gap', (() => { const inner = zip(); const hidden = writeZip([A, B], { gap: inner.subarray(inner.length - 120) }); return hidden; })()],
  ['several volumes', 'zip-disks', zip({}, { disk: 1 })],
  ['an entry on another volume', 'zip-disks', zip({ disk: 1 })],
  ['a count that is too large', 'zip-entries', zip({}, { count: 3 })],
  ['a count that is too small', 'zip-entries', zip({}, { count: 1 })],
  ['two counts', 'zip-entries', zip({}, { onDisk: 1 })],
  ['a directory that starts too early', 'zip-end', zip({}, { start: 10 })],
  ['a directory that starts past the file', 'zip-end', zip({}, { start: 0xfffffff0 })],
  ['a directory that is too long', 'zip-end', zip({}, { bytes: 1000 })],
  ['numbers that should be in a zip64 record', 'zip64', zip({}, EVERYTHING)],
  ['a zip64 count that differs', 'zip64', zip({}, { zip64: { count: 3n } })],
  ['a zip64 start that differs', 'zip64', zip({}, { zip64: { start: 1n } })],
  ['a zip64 size that differs', 'zip64', zip({}, { zip64: { bytes: 1n } })],
  ['a zip64 start of 2^64 - 1', 'zip-end', zip({}, { ...EVERYTHING, zip64: { start: 2n ** 64n - 1n } })],
  ['two zip64 counts', 'zip-entries', zip({}, { zip64: { onDisk: 1n } })],
  ['2^63 entries', 'zip-entries', zip({}, { ...EVERYTHING, zip64: { count: 2n ** 63n } })],
  ['100 001 entries', 'zip-entries', zip({}, { ...EVERYTHING, zip64: { count: 100_001n } })],
  ['a zip64 locator that points elsewhere', 'zip64', zip({}, { zip64: { locator: 0n } })],
  ['a zip64 record of another length', 'zip64', zip({}, { zip64: { length: 45n } })],
  ['a zip64 locator without its record', 'zip64', zip({}, { zip64: { signature: 0 } })],
  ['a compressed entry', 'zip-compressed', zip({ method: 8 })],
  ['an entry compressed in its own header only', 'zip-compressed', zip({ local: { method: 8 } })],
  ['an encrypted entry', 'zip-encrypted', zip({ flags: 0x0801 })],
  ['a strongly encrypted entry', 'zip-encrypted', zip({ flags: 0x0840 })],
  ['an encrypted directory', 'zip-encrypted', zip({ flags: 0x2800 })],
  ['an entry encrypted in its own header only', 'zip-encrypted', zip({ local: { flags: 1 } })],
  ['two sizes', 'zip-size', zip({ compressed: 4 })],
  ['a size past the next entry', 'zip-overlap', zip({ size: 100 })],
  ['a size past the file', 'zip-overlap', zip({ size: 0xfffffff0 })],
  ['a zip64 size of 2^64 - 1', 'zip-overlap', zip({ size: 0xffffffff, extra: wide(2n ** 64n - 1n, 2n ** 64n - 1n) })],
  ['a size that leaves bytes over', 'zip-local', zip({ size: 3 })],
  ['a zip64 field without numbers', 'zip64', zip({ size: 0xffffffff, extra: wide() })],
  ['two zip64 fields', 'zip-extra', zip({ extra: joined([wide(1n), wide(1n)]) })],
  ['an extra field that is cut off', 'zip-extra', zip({ extra: fields([2, 7], [2, 9]) })],
  ['an extra field of 3 bytes', 'zip-extra', zip({ extra: bytes('abc') })],
  ['a name that is there twice', 'zip-duplicate', writeZip([A, A])],
  ['two entries on the same bytes', 'zip-overlap', writeZip([A, { ...B, start: 0 }])],
  ['overlapping entries', 'zip-overlap', writeZip([A, { ...B, start: 20 }])],
  ['an entry past the directory', 'zip-bounds', writeZip([A, { ...B, start: 5000 }])],
  ['an entry before which something is hidden', 'zip-gap', writeZip([A, { ...B, name: 'x/b' }, { name: 'x/c', data: bytes('c') }], { gap: bytes('hidden') })],
  ['hidden bytes between entries', 'zip-gap', zip({ descriptor: bytes('hidden') })],
  ['too many bytes after the content', 'zip-gap', zip({ flags: 0x0808, descriptor: new Uint8Array(25) })],
  ['a name with ..', 'zip-name', zip({ name: 'x/../../etc/passwd' })],
  ['a name that is ..', 'zip-name', zip({ name: '..' })],
  ['an absolute name', 'zip-name', zip({ name: '/etc/passwd' })],
  ['a name with a backslash', 'zip-name', zip({ name: 'x\\a' })],
  ['a drive letter', 'zip-name', zip({ name: 'C:/a' })],
  ['a NUL in a name', 'zip-name', zip({ name: 'x/a\0.pkl' })],
  ['a newline in a name', 'zip-name', zip({ name: 'x/a\n' })],
  ['an empty name', 'zip-name', zip({ name: '' })],
  ['a folder', 'zip-name', zip({ name: 'x/' })],
  ['an empty folder name', 'zip-name', zip({ name: 'x//a' })],
  ['a name that is not UTF-8', 'zip-name', zip({ name: Uint8Array.of(0xff, 0xfe) })],
  ['another name in its own header', 'zip-local', zip({ local: { name: 'x/c' } })],
  ['another size in its own header', 'zip-local', zip({ local: { size: 4 } })],
  ['another checksum in its own header', 'zip-local', zip({ local: { crc: 1 } })],
  ['no header', 'zip-local', zip({ local: { signature: 0x02014b50 } })],
  ['sizes left out where none follow', 'zip-local', zip({ local: { size: 0 } })],
  ['a wrong checksum', 'zip-crc', zip({ crc: 12345 })],
  ['a changed byte', 'zip-crc', (() => { const file = zip(); file[34] ^= 1; return file; })()],
];

describe('a malformed zip archive', () => {
  it.each(malformed)('with %s is refused as %s', async (_, code, file) => {
    expect(await codeOf(file)).toBe(code);
  });

  it('that is cut off anywhere is refused', async () => {
    const file = zip({}, { zip64: {} });
    for (let length = 0; length < file.length; length++) {
      expect(await codeOf(file.subarray(0, length)), `${length} bytes`).toBe('zip-end');
    }
  });

  it('in 20 000 mutants gives typed errors, and never more bytes than it has', async () => {
    const seeds = [zip(), zip({}, { zip64: {} }), zip({ size: 0xffffffff, extra: wide(5n, 5n) })];
    let state = 20_261_126; // Park-Miller: the same mutants on every run
    const below = (limit: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % limit;
    };
    const codes = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      const mutant = Uint8Array.from(seeds[i % seeds.length]);
      for (let edits = 1 + below(3); edits > 0; edits--) {
        const at = below(mutant.length);
        mutant[at] = below(2) ? mutant[at] ^ (1 << below(8)) : [0, 1, 0xff, 0x7f, below(256)][below(5)];
      }
      codes.add(await codeOf(mutant));
    }
    expect(codes.size).toBeGreaterThan(12);
  });
});

describe('the checksum', () => {
  it('is that of the standard', () => {
    expect(crc32(bytes('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
    for (let length = 1; length < 9; length++) expect(crc32(new Uint8Array(length))).not.toBe(0);
  });
});
