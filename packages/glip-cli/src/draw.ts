import { writeFile } from 'node:fs/promises';
import type { Detection, RawImage } from '@glip-wgpu/glip-core';
import { toSvg } from '@glip-wgpu/glip-core/export';
import sharp, { type Sharp } from 'sharp';

const SHORTEST_LONG_SIDE = 800; // smaller pictures are enlarged, so that labels can be read

/** Writes the picture with boxes and labels. The file's ending says its format; an SVG holds the picture as a JPEG. */
export async function drawDetections(
  image: RawImage,
  detections: readonly Detection[],
  path: string,
): Promise<void> {
  const { width, height, channels } = image;
  const scale = Math.max(1, Math.ceil(SHORTEST_LONG_SIDE / Math.max(width, height)));
  const drawing = { width, height, detections };
  const picture = (): Sharp => sharp(image.data, { raw: { width, height, channels } }).toColourspace('srgb');
  if (/\.svg$/i.test(path)) {
    const jpeg = await picture().jpeg({ quality: 90 }).toBuffer();
    const href = `data:image/jpeg;base64,${jpeg.toString('base64')}`;
    return writeFile(path, toSvg(drawing, { href, scale }));
  }
  await picture()
    .resize(width * scale, height * scale, { kernel: 'lanczos3' })
    .composite([{ input: Buffer.from(toSvg(drawing, { scale })) }])
    .toFile(path);
}
