import { readImageBlob } from './image-blob.ts';
import { fetchImage, type ImageFile, type ImageFileOptions, imageName } from './image-file.ts';
import type { RawImage } from './image-input.ts';

/**
 * Decodes an image file with the browser, applying its EXIF orientation. URLs are fetched, relative ones from the page.
 *
 * @throws ImageError for a file that cannot be read, is not an image, is damaged or has too many pixels; the signal's reason
 */
export async function readImageFile(
  file: ImageFile,
  { maxPixels, signal }: ImageFileOptions = {},
): Promise<RawImage> {
  if (typeof file === 'string' || file instanceof URL) {
    return readImageBlob(await fetchImage(String(file), signal), maxPixels, imageName(file));
  }
  return readImageBlob(file instanceof Blob ? file : new Blob([file as BlobPart]), maxPixels);
}
