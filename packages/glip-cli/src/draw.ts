import { writeFile } from 'node:fs/promises';
import { toSvg } from '@glip-wgpu/datasets';
import type { Detection, HeatMap, RawImage } from '@glip-wgpu/glip-core';
import sharp, { type OverlayOptions, type Sharp } from 'sharp';
import { InputError } from './input-error.ts';

const SHORTEST_LONG_SIDE = 800; // smaller pictures are enlarged, so that labels can be read

/** Writes the picture with boxes and labels. The file's ending says its format; an SVG holds the picture as a JPEG. */
export async function drawDetections(
  image: RawImage,
  detections: readonly Detection[],
  path: string,
  heat?: HeatMap,
): Promise<void> {
  const { width, height, channels } = image;
  const scale = Math.max(1, Math.ceil(SHORTEST_LONG_SIDE / Math.max(width, height)));
  const drawing = { width, height, detections };
  const picture = (): Sharp => sharp(image.data, { raw: { width, height, channels } }).toColourspace('srgb');
  if (/\.svg$/i.test(path)) {
    if (heat) throw new InputError(`${path}: what --heat shows is written as .png, .jpg or .webp`);
    const jpeg = await picture().jpeg({ quality: 90 }).toBuffer();
    const href = `data:image/jpeg;base64,${jpeg.toString('base64')}`;
    return writeFile(path, toSvg(drawing, { href, scale }));
  }
  await picture()
    .resize(width * scale, height * scale, { kernel: 'lanczos3' })
    .composite([
      ...(heat ? [await shade(heat, image, scale)] : []),
      { input: Buffer.from(toSvg(drawing, { scale })) },
    ])
    .toFile(path);
}

/** Dims the picture but where something is seen. */
async function shade(
  { width, height, cell, values }: HeatMap,
  image: RawImage,
  scale: number,
): Promise<OverlayOptions> {
  const most = values.reduce((best, value) => Math.max(best, value), 1e-6);
  const rgba = Buffer.alloc(4 * width * height);
  for (const [at, value] of values.entries()) rgba.set([12, 16, 32, 255 * 0.85 * (1 - value / most)], 4 * at);
  // The last locations reach over the edge of the image.
  const size = { width: Math.round(width * cell[0] * scale), height: Math.round(height * cell[1] * scale) };
  const grown = await sharp(rgba, { raw: { width, height, channels: 4 } })
    .resize({ ...size, fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  const input = await sharp(grown, { raw: { ...size, channels: 4 } })
    .extract({ left: 0, top: 0, width: image.width * scale, height: image.height * scale })
    .png()
    .toBuffer();
  return { input };
}
