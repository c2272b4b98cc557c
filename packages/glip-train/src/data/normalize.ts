import { type ImageConfig, preprocess, type RgbImage } from '@glip-wgpu/glip-core';

/**
 * Writes the normalized pixels of an image into a batch.
 *
 * @param pixels  [B, H, W, 4]
 * @param first   pixel at which the image begins
 * @param width   W
 */
export type Normalizer = (image: RgbImage, pixels: Float32Array, first: number, width: number) => void;

/** Normalizes as `preprocess` of glip-core: its values of all bytes, looked up. */
export function normalizer(config: ImageConfig): Normalizer {
  const bytes = Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3));
  const ramp = { data: bytes, width: 256, height: 1, channels: 3 } as const;
  const { pixels: values } = preprocess([ramp], { ...config, minSize: 1, maxSize: 256, sizeDivisibility: 0 });
  const [blue, green, red] = [0, 1, 2].map((c) =>
    Float32Array.from({ length: 256 }, (_, i) => values[4 * i + c]),
  );
  return ({ data, width: columns, height: rows }, pixels, first, width) => {
    let from = 0;
    for (let row = 0; row < rows; row++) {
      let to = (first + row * width) * 4;
      for (let column = 0; column < columns; column++, from += 3, to += 4) {
        pixels[to] = blue[data[from + 2]];
        pixels[to + 1] = green[data[from + 1]];
        pixels[to + 2] = red[data[from]];
      }
    }
  };
}
