import { extname } from 'node:path';
import { toSvg } from '@glip-wgpu/datasets';
import type { Detection, HeatMap, RawImage } from '@glip-wgpu/glip-core';
import type { OverlayOptions, Sharp } from 'sharp';
import { InputError } from '../inputs/input-error.ts';
import { writeWhole } from './whole-file.ts';

const MIN_LONG_SIDE = 800; // smaller pictures are enlarged so that labels are legible

/** Formats of drawings, by file extension. */
const FORMATS = {
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  webp: 'webp',
  avif: 'avif',
  tif: 'tiff',
  tiff: 'tiff',
  gif: 'gif',
} as const;

export interface DrawOptions {
  /** All labels of the run, so that each keeps its color. */
  readonly labels: readonly string[];
  readonly heat?: HeatMap | undefined;
}

/** @throws InputError for an unsupported file extension, or one without support for heat maps */
export function checkDrawing(path: string, withHeat: boolean): void {
  const ending = endingOf(path);
  if (ending === 'svg' && withHeat) {
    throw new InputError(`${path}: --heat is drawn as .png, .jpg or .webp, not as .svg`);
  }
  if (ending === 'svg' || Object.hasOwn(FORMATS, ending)) return;
  const what = ending === '' ? 'has no file extension' : `.${ending} is not supported`;
  throw new InputError(`--out ${path}: ${what}; give .png, .jpg, .webp or .svg`);
}

/** Writes the picture with boxes and labels, in the format of the file extension; an SVG embeds the picture as a JPEG. */
export async function drawDetections(
  image: RawImage,
  detections: readonly Detection[],
  path: string,
  { labels, heat }: DrawOptions,
): Promise<void> {
  const { width, height, channels } = image;
  const scale = Math.max(1, Math.ceil(MIN_LONG_SIDE / Math.max(width, height)));
  const drawing = { width, height, detections };
  const { default: sharp } = await import('sharp'); // slow to load, so loaded on demand
  const picture = (): Sharp => sharp(image.data, { raw: { width, height, channels } }).toColourspace('srgb');
  const ending = endingOf(path);
  if (ending === 'svg') {
    const jpeg = await picture().jpeg({ quality: 90 }).toBuffer();
    const href = `data:image/jpeg;base64,${jpeg.toString('base64')}`;
    return writeWhole(path, toSvg(drawing, { href, scale, labels }));
  }
  const drawn = await picture()
    .resize(width * scale, height * scale, { kernel: 'lanczos3' })
    .composite([
      ...(heat ? [await shade(heat, image, scale)] : []),
      { input: Buffer.from(toSvg(drawing, { scale, labels })) },
    ])
    .toFormat(FORMATS[ending as keyof typeof FORMATS])
    .toBuffer();
  return writeWhole(path, drawn);
}

function endingOf(path: string): string {
  return extname(path).slice(1).toLowerCase();
}

/** Dims the picture except where the heat map is high. */
async function shade(
  { width, height, cell, values }: HeatMap,
  image: RawImage,
  scale: number,
): Promise<OverlayOptions> {
  const { default: sharp } = await import('sharp');
  const best = values.reduce((most, value) => Math.max(most, value), 1e-6);
  const rgba = Buffer.alloc(4 * width * height);
  for (const [at, value] of values.entries()) rgba.set([12, 16, 32, 255 * 0.85 * (1 - value / best)], 4 * at);
  // The last locations extend beyond the edge of the image.
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
