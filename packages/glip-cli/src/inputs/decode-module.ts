import { MAX_IMAGE_PIXELS, type RawImage, type RgbImage, readImage } from '@glip-wgpu/glip-core';
import { decode as decodePicture } from './decode-picture.js';

/** Decodes pictures of training batches; workers import it by its URL. */
export async function decode(bytes: Uint8Array): Promise<RgbImage> {
  return readImage((await decodePicture(bytes, MAX_IMAGE_PIXELS)) as RawImage);
}
