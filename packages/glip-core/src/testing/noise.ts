import type { RawImage } from '../image/image-input.ts';

/** A noise image, in which the model detects something. */
export function noise(width: number, height: number, seed: number): RawImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * seed + (i >> 3) * 7) % 256);
  return { data, width, height, channels: 3 };
}
