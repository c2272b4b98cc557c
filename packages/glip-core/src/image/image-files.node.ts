import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ImageError } from '../errors.ts';
import { fetchImage, type ImageFile, type ImageFileOptions, imageName } from './image-file.ts';
import { readImageHeader } from './image-header.ts';
import { checkSize, MAX_IMAGE_PIXELS, type RawImage } from './image-input.ts';

type Sharp = typeof import('sharp');

/**
 * Decodes an image file with the optional package `sharp`, as displayed: EXIF orientation applied, 8 bits, sRGB.
 *
 * @throws ImageError if sharp is not installed, or for a file that cannot be read, is not an image, is damaged or has too
 *   many pixels; the signal's reason
 */
export async function readImageFile(
  file: ImageFile,
  { maxPixels = MAX_IMAGE_PIXELS, signal }: ImageFileOptions = {},
  importSharp: () => Promise<{ default: Sharp }> = optionalSharp,
): Promise<RawImage> {
  const name = imageName(file);
  const bytes = await bytesOf(file, name, signal);
  if (bytes.length === 0) throw new ImageError(`${name}: the file is empty`);
  const { format, size } = readImageHeader(bytes) ?? {};
  if (format === 'svg') throw new ImageError(`${name}: SVG has no pixels of its own; convert it to PNG`);
  if (size) checkSize(size.width, size.height, maxPixels, name);
  const sharp = await loaded(importSharp, name);
  try {
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
    checkSize(width, height, maxPixels, name);
    // Errors of the data refuse an image, odd bytes that every other program reads over do not.
    const { data, info } = await sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error' })
      .rotate()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return withoutGrayAlpha(new Uint8Array(data.buffer, data.byteOffset, data.length), info);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ImageError) throw cause;
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new ImageError(`${name}: not an image that can be decoded: ${reason}`, { cause });
  }
}

/** The package sharp. Bundlers leave an import with a `catch` as it is where they do not find the package. */
function optionalSharp(): Promise<{ default: Sharp }> {
  return import('sharp').catch((cause) => Promise.reject(cause));
}

async function bytesOf(file: ImageFile, name: string, signal?: AbortSignal): Promise<Uint8Array> {
  if (file instanceof Uint8Array) return file;
  if (file instanceof ArrayBuffer) return new Uint8Array(file);
  if (file instanceof Blob) return new Uint8Array(await file.arrayBuffer());
  const text = String(file);
  if (/^(https?|data|blob):/i.test(text)) {
    return new Uint8Array(await (await fetchImage(text, signal)).arrayBuffer());
  }
  try {
    return await readFile(/^file:/i.test(text) ? fileURLToPath(text) : text, signal ? { signal } : {});
  } catch (cause) {
    signal?.throwIfAborted();
    const { code } = cause as { code?: string };
    const reason = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'it is a folder' : undefined;
    throw new ImageError(`${name}: ${reason ?? `it cannot be read: ${(cause as Error).message}`}`, { cause });
  }
}

async function loaded(importSharp: () => Promise<{ default: Sharp }>, name: string): Promise<Sharp> {
  try {
    return (await importSharp()).default;
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    const advice = 'npm install sharp, or pass { data, width, height, channels }';
    throw new ImageError(
      missing
        ? `${name}: image files are decoded by the package sharp, which is not installed: ${advice}`
        : `${name}: the package sharp, which decodes image files, does not start (${message?.split('\n')[0]}): ${advice}`,
      { cause },
    );
  }
}

/** Pixels of 1, 3 or 4 channels: alpha of gray images is dropped, not blended, as that of others is later. */
function withoutGrayAlpha(
  data: Uint8Array,
  { width, height, channels }: { width: number; height: number; channels: number },
): RawImage {
  if (channels !== 2) return { data, width, height, channels: channels as RawImage['channels'] };
  const gray = Uint8Array.from({ length: width * height }, (_, i) => data[2 * i]);
  return { data: gray, width, height, channels: 1 };
}
