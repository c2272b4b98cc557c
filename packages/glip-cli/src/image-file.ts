import { readFile, stat } from 'node:fs/promises';
import { MAX_IMAGE_PIXELS, type RawImage } from '@glip-wgpu/glip-core';
import { decoder } from './inputs/decoder.ts';
import { PictureError, systemReason } from './inputs/input-error.ts';
import { otherKind } from './inputs/picture-kind.ts';

/** Name for standard input. */
export const STDIN = '-';

const MAX_BYTES = 2 ** 31 - 1; // maximum size of a Buffer for sharp

/**
 * Reads a picture as displayed: EXIF orientation applied, 8 bits, sRGB (converted from CMYK, CIELAB and 16 bits), alpha
 * dropped without blending. The header is read first; an SVG has no pixels and is refused.
 *
 * @param path  a file, or `-` for standard input
 * @throws PictureError with the reason: missing, not a picture, damaged, truncated or too large
 */
export async function readImageFile(path: string, maxPixels: number = MAX_IMAGE_PIXELS): Promise<RawImage> {
  try {
    return await decodeImage(await readBytes(path), maxPixels);
  } catch (cause) {
    if (!(cause instanceof PictureError)) throw cause;
    throw new PictureError(`${path === STDIN ? 'standard input' : path}: ${cause.message}`, { cause });
  }
}

/** As `readImageFile`, from the file's bytes. @throws PictureError with the reason */
export async function decodeImage(
  bytes: Uint8Array,
  maxPixels: number = MAX_IMAGE_PIXELS,
): Promise<RawImage> {
  if (bytes.length === 0) throw new PictureError('not a picture that can be read: the file is empty');
  const other = otherKind(bytes);
  if (other) throw new PictureError(`not a picture that can be read: ${other.what}; ${other.advice}`);
  return decoder.decode(bytes, maxPixels);
}

async function readBytes(path: string): Promise<Uint8Array> {
  if (path === STDIN) return readStdin();
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new PictureError('more than 2 GiB; convert it to a smaller picture');
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof PictureError) throw cause;
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new PictureError(missing ? 'no such file' : `cannot be read: ${systemReason(cause)}`, { cause });
  }
}

async function readStdin(): Promise<Uint8Array> {
  if (process.stdin.isTTY) throw new PictureError('it is a terminal; pipe a picture into it');
  const parts: Uint8Array[] = [];
  for await (const part of process.stdin) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}
