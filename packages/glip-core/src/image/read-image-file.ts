// A file of its own, so that bundles without image files, such as the training worker, leave the import out.
import { readImageFile as read } from '#image-files';
import type { ImageFile, ImageFileOptions } from './image-file.ts';
import type { RawImage } from './image-input.ts';

/**
 * Decodes an image file as displayed, with its EXIF orientation applied: in browsers with the browser, where URLs are fetched,
 * relative ones from the page; in Node and Deno with the optional package `sharp`, where paths are read too.
 *
 * @throws ImageError if sharp is needed and not installed, or for a file that cannot be read, is not an image, is damaged or
 *   has too many pixels; the signal's reason
 */
export function readImageFile(file: ImageFile, options?: ImageFileOptions): Promise<RawImage> {
  // The build of the declarations sees the platform's module without its types.
  return read(file, options) as Promise<RawImage>;
}
