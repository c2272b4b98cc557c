import { ImageError } from '../errors.ts';
import { readImageHeader } from './image-header.ts';
import type { RawImage } from './image-input.ts';
import { checkSize, readDrawable } from './image-input.ts';

const FORMATS = 'JPEG, PNG, WebP, AVIF, GIF and BMP';

/**
 * Decodes an image file as browsers do, turned as its EXIF data says. Its header is read first.
 *
 * @throws ImageError for a file that is no image, is damaged or cut off, has more pixels than allowed, or is an SVG,
 *   which has no pixels of its own; and outside of browsers
 */
export async function readImageBlob(file: Blob, maxPixels?: number): Promise<RawImage> {
  const name = 'name' in file ? `image ${JSON.stringify(file.name)}` : 'image';
  if (typeof createImageBitmap === 'undefined') {
    throw new ImageError(
      `${name}: image files are decoded by browsers only; give { data, width, height, channels }`,
    );
  }
  const header = await headerOf(file);
  if (header === undefined) throw new ImageError(`${name}: not an image file; ${FORMATS} are read`);
  if (header.format === 'svg') {
    throw new ImageError(
      `${name}: SVG is not read; draw it on a canvas of the size that you want, and give that`,
    );
  }
  if (header.size === undefined)
    throw new ImageError(`${name}: the ${header.format} file ends before it says its size`);
  checkSize(header.size.width, header.size.height, maxPixels);
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

/** Most headers stand in the first 64 KiB; some JPEGs have color profiles and previews in front. */
async function headerOf(file: Blob) {
  for (const length of [2 ** 16, file.size]) {
    const header = readImageHeader(new Uint8Array(await file.slice(0, length).arrayBuffer()));
    if (header?.size || header?.format === 'svg' || length >= file.size) return header;
  }
  return undefined;
}
