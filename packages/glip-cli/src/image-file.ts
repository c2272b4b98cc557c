import { MAX_IMAGE_PIXELS, type RawImage } from '@glip-wgpu/glip-core';
import sharp from 'sharp';
import { InputError } from './input-error.ts';

/**
 * Reads a picture as it is meant to be seen: turned as its EXIF data says, 8 bits, sRGB (also from CMYK and 16 bits),
 * without alpha, whose colour is kept. The header is read first; an SVG has no pixels and is refused.
 *
 * @throws InputError for a file that is not there, no picture, damaged or cut off, or too large
 */
export async function readImageFile(path: string, maxPixels: number = MAX_IMAGE_PIXELS): Promise<RawImage> {
  try {
    const { format, width, height } = await sharp(path, { limitInputPixels: false }).metadata();
    if (format === 'svg') throw new InputError(`${path}: SVG has no pixels of its own; convert it to PNG`);
    if (width * height > maxPixels) {
      throw new InputError(
        `${path}: ${width} x ${height} pixels, at most ${maxPixels} are read; scale it down`,
      );
    }
    const { data, info } = await sharp(path, { limitInputPixels: maxPixels })
      .rotate()
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, channels: info.channels as 1 | 3 };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    const missing = /missing|ENOENT/.test(reason);
    const what = missing ? 'no such file' : `not a picture that can be read (${reason})`;
    throw new InputError(`${path}: ${what}`, { cause });
  }
}
