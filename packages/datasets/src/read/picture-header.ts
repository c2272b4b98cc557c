import type { FileAccess } from './files.ts';

/** Size of a picture in pixels, as decoders show it: turned where its EXIF orientation says so. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const HEAD = 4096;
const TAIL = 65536;
const MAX_SEGMENTS = 1000;

/**
 * Size of a picture by its first bytes: JPEG, PNG, GIF, WebP or BMP. Nothing is decoded; a file whose end is missing is
 * found out.
 *
 * @throws Error with the reason why it is no picture
 */
export async function pictureSize(files: FileAccess, path: string): Promise<PictureSize> {
  const head = await files.bytes(path, 0, HEAD);
  if (head.length === 0) throw new Error('is an empty file');
  const size = await sizeOf(files, path, head);
  if (!(size.width > 0 && size.height > 0)) throw new Error('has no pixels');
  return size;
}

async function sizeOf(files: FileAccess, path: string, head: Uint8Array): Promise<PictureSize> {
  const view = viewOf(head);
  const text = (at: number, end: number): string => String.fromCharCode(...head.subarray(at, end));
  try {
    if (view.getUint16(0) === 0xffd8) return await jpegSize(files, path);
    if (text(0, 8) === '\x89PNG\r\n\x1a\n') {
      await mustEnd(files, path, [0x49, 0x45, 0x4e, 0x44]);
      return { width: view.getUint32(16), height: view.getUint32(20) };
    }
    if (/^GIF8[79]a/.test(text(0, 6))) {
      await mustEnd(files, path, [0x3b]);
      return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    }
    if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') {
      await mustReach(files, path, view.getUint32(4, true) + 8);
      return webpSize(view, text(12, 16));
    }
    if (text(0, 2) === 'BM') {
      await mustReach(files, path, view.getUint32(2, true));
      return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
    }
  } catch (error) {
    if (error instanceof RangeError) throw new Error('is cut off');
    throw error;
  }
  throw new Error('is not a JPEG, PNG, GIF, WebP or BMP file');
}

function webpSize(view: DataView, chunk: string): PictureSize {
  const uint24 = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  if (chunk === 'VP8X') return { width: uint24(24) + 1, height: uint24(27) + 1 };
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

/** Walks a JPEG's segments up to the frame header. */
async function jpegSize(files: FileAccess, path: string): Promise<PictureSize> {
  let turned = false;
  for (let at = 2, count = 0; count < MAX_SEGMENTS; count++) {
    const view = viewOf(await files.bytes(path, at, at + HEAD));
    let marker = 0;
    let skip = 0;
    if (view.getUint8(0) !== 0xff) throw new Error('is a damaged JPEG file');
    while (marker === 0xff || marker === 0) marker = view.getUint8(++skip); // fill bytes may stand in front
    const length = view.getUint16(skip + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      await mustEnd(files, path, [0xff, 0xd9]);
      const size = { height: view.getUint16(skip + 4), width: view.getUint16(skip + 6) };
      return turned ? { width: size.height, height: size.width } : size;
    }
    if (marker === 0xda || marker === 0xd9 || length < 2) throw new Error('is a damaged JPEG file');
    if (marker === 0xe1) turned ||= isTurned(view, skip + 3);
    at += skip + 1 + length;
  }
  throw new Error('is a damaged JPEG file');
}

/** True if an EXIF segment swaps width and height (orientations 5 to 8). */
function isTurned(view: DataView, at: number): boolean {
  try {
    if (view.getUint32(at) !== 0x45786966) return false; // "Exif"
    const tiff = at + 6;
    const little = view.getUint16(tiff) === 0x4949;
    const table = tiff + view.getUint32(tiff + 4, little);
    for (let i = 0; i < view.getUint16(table, little); i++) {
      const entry = table + 2 + 12 * i;
      if (view.getUint16(entry, little) === 0x0112) return view.getUint16(entry + 8, little) >= 5;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // metadata outside of what was read counts as none
  }
  return false;
}

/** Checks that a marker stands near the end: some cameras write more behind it. */
async function mustEnd(files: FileAccess, path: string, marker: readonly number[]): Promise<void> {
  for (const length of [HEAD, TAIL]) {
    const tail = await files.bytes(path, -length);
    for (let at = tail.length - marker.length; at >= 0; at--) {
      if (marker.every((byte, i) => tail[at + i] === byte)) return;
    }
  }
  throw new Error('is cut off');
}

async function mustReach(files: FileAccess, path: string, length: number): Promise<void> {
  if (length > 0 && (await files.bytes(path, length - 1, length)).length === 0) throw new Error('is cut off');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
