import { ImageError } from '../errors.ts';
import { imageName } from './image-file.ts';
import { readImageHeader } from './image-header.ts';
import type { RawImage } from './image-input.ts';
import { checkSize, readDrawable } from './image-input.ts';

const FORMATS = 'JPEG, PNG, WebP, AVIF, GIF and BMP';

/**
 * Decodes an image file with the browser, applying its EXIF orientation. The header is checked first.
 *
 * @param name  of the file, for messages
 * @throws ImageError for a file that is not an image, is damaged or truncated, has too many pixels, or is an SVG, which
 *   has no pixels of its own; also outside browsers
 */
export async function readImageBlob(
  file: Blob,
  maxPixels?: number,
  name: string = imageName(file),
): Promise<RawImage> {
  if (typeof createImageBitmap === 'undefined') {
    throw new ImageError(
      `${name}: image files are decoded by browsers; use readImageFile, or pass { data, width, height, channels }`,
    );
  }
  const header = await headerOf(file);
  if (header === undefined)
    throw new ImageError(`${name}: not an image file; supported formats are ${FORMATS}`);
  if (header.format === 'svg') {
    throw new ImageError(
      `${name}: SVG is not supported; draw it on a canvas of the size that you want, and pass that`,
    );
  }
  if (header.size === undefined)
    throw new ImageError(`${name}: the ${header.format} file is cut off before its size`);
  checkSize(header.size.width, header.size.height, maxPixels, name);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image', premultiplyAlpha: 'none' });
  } catch (cause) {
    throw new ImageError(`${name}: the ${header.format} file cannot be decoded: ${String(cause)}`, { cause });
  }
  try {
    return readDrawable(bitmap, maxPixels);
  } finally {
    bitmap.close();
  }
}

/** Most headers lie in the first 64 KiB; some JPEGs have color profiles and previews before them. */
async function headerOf(file: Blob) {
  for (const length of [2 ** 16, file.size]) {
    const header = readImageHeader(new Uint8Array(await file.slice(0, length).arrayBuffer()));
    if (header?.size || header?.format === 'svg' || length >= file.size) return header;
  }
  return undefined;
}
