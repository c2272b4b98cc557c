import type { RawImage } from '@glip-wgpu/glip-core';
import sharp from 'sharp';
import { InputError } from './input-error.ts';

/** Reads a picture as it is meant to be seen: turned as its EXIF data says, 8 bits, sRGB, without alpha. */
export async function readImageFile(path: string): Promise<RawImage> {
  try {
    const { data, info } = await sharp(path)
      .rotate()
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, channels: info.channels as 1 | 3 };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    const missing = /missing|ENOENT/.test(reason);
    throw new InputError(
      missing ? `${path}: no such file` : `${path}: not a picture that can be read (${reason})`,
      {
        cause,
      },
    );
  }
}
