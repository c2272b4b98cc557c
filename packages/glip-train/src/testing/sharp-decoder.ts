import type { RgbImage } from '@glip-wgpu/glip-core';
import sharp from 'sharp';

/** Decodes pictures in Node. */
export async function decode(bytes: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}
