import { ImageError } from '../errors.ts';
import { type DrawnImage, readImage } from './image-input.ts';
import { resizeBilinear, targetSize } from './resize.ts';

/** Image size, channel order and normalization that a model expects; spec §1.3. */
export interface ImageConfig {
  /** Blue, green, red; for values 0 to 255. */
  readonly mean: readonly [number, number, number];
  /** Blue, green, red. */
  readonly std: readonly [number, number, number];
  /** Length of the shorter side after resizing, pixels. */
  readonly minSize: number;
  /** Limit of the longer side, pixels. */
  readonly maxSize: number;
  /** Height and width are padded to a multiple of this; 0 for no padding. */
  readonly sizeDivisibility: number;
}

/** [height, width], pixels. */
export type ImageSize = readonly [height: number, width: number];

/** A batch of images as model input. */
export interface PreparedImages {
  /** [B, H, W, 4], normalized blue, green, red and a zero; zero-padded at the right and bottom. */
  readonly pixels: Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number, channels: 4];
  /** Size of each image after resizing, without padding. */
  readonly imageSizes: readonly ImageSize[];
  /** Size of each image as given. */
  readonly originalSizes: readonly ImageSize[];
}

/**
 * Resizes, normalizes and pads images for the model; spec §3.1, in the order of f32 operations of the original.
 * The model sees the padding, so an image's detections depend slightly on the other images of its batch.
 *
 * @param images     at least one
 * @param maxPixels  maximum number of pixels of an input image
 * @throws ImageError without images, and as `readImage` and `targetSize`
 */
export function preprocess(
  images: readonly DrawnImage[],
  config: ImageConfig,
  maxPixels?: number,
): PreparedImages {
  if (images.length === 0) throw new ImageError('image: none given, expected at least one');
  const originalSizes: ImageSize[] = [];
  const resized = images.map((image) => {
    const read = readImage(image, maxPixels);
    originalSizes.push([read.height, read.width]);
    return resizeBilinear(read, targetSize([read.height, read.width], config.minSize, config.maxSize));
  });

  const height = padded(Math.max(...resized.map((image) => image.height)), config.sizeDivisibility);
  const width = padded(Math.max(...resized.map((image) => image.width)), config.sizeDivisibility);
  const pixels = new Float32Array(resized.length * height * width * 4);
  const [blue, green, red] = [0, 1, 2].map((channel) => normalizedBytes(config, channel)) as Tables;
  resized.forEach(({ data, width: columns, height: rows }, index) => {
    let from = 0;
    for (let row = 0; row < rows; row += 1) {
      let to = (index * height + row) * width * 4;
      for (let column = 0; column < columns; column += 1, from += 3, to += 4) {
        pixels[to] = blue[data[from + 2] as number] as number;
        pixels[to + 1] = green[data[from + 1] as number] as number;
        pixels[to + 2] = red[data[from] as number] as number;
      }
    }
  });
  return {
    pixels,
    shape: [resized.length, height, width, 4],
    imageSizes: resized.map((image) => [image.height, image.width]),
    originalSizes,
  };
}

type Tables = [Float32Array, Float32Array, Float32Array];

/** Value of each byte after normalization. As in the original, bytes are divided by 255 and multiplied again, inexact in f32. */
function normalizedBytes({ mean, std }: ImageConfig, channel: number): Float32Array {
  const f32 = Math.fround;
  const [center, spread] = [f32(mean[channel] ?? 0), f32(std[channel] ?? 1)];
  return Float32Array.from({ length: 256 }, (_, byte) => f32(f32(f32(byte / 255) * 255) - center) / spread);
}

function padded(size: number, divisibility: number): number {
  return divisibility > 0 ? Math.ceil(size / divisibility) * divisibility : size;
}
