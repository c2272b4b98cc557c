import type { ImageWithBoxes } from '@glip-wgpu/datasets';
import type { RawImage } from '@glip-wgpu/glip-core';
import type { OverlayOptions } from 'sharp';
import { escapeMarkup } from './charts/svg.ts';
import { drawnBoxes, resized } from './contact-sheet.ts';
import { writeWhole } from './whole-file.ts';

const LONG_SIDE = 640;
const GAP = 12;
const HEADING = 30;

/** A picture with its boxes, under a heading. */
export interface Panel {
  readonly heading?: string;
  readonly boxes: ImageWithBoxes['detections'];
}

/**
 * Writes a picture as a JPEG whose longer side has 640 pixels, once for each panel with the panel's boxes.
 *
 * @param labels  all labels of the run, so that each keeps its color
 */
export async function drawPanels(
  image: RawImage,
  panels: readonly Panel[],
  path: string,
  labels: readonly string[],
): Promise<void> {
  const { default: sharp } = await import('sharp'); // slow to load, so loaded on demand
  const picture = await resized(image, LONG_SIDE);
  const { width, height, png } = picture;
  const top = panels.some(({ heading }) => heading !== undefined) ? HEADING : 0;
  const layers = panels.flatMap(({ heading, boxes }, i): OverlayOptions[] => {
    const left = i * (width + GAP);
    return [
      { input: png, left, top },
      { input: drawnBoxes(picture, boxes, labels), left, top },
      ...(heading === undefined ? [] : [{ input: Buffer.from(headingOf(heading, width)), left, top: 0 }]),
    ];
  });
  const canvas = {
    width: panels.length * (width + GAP) - GAP,
    height: height + top,
    channels: 3,
    background: 'white',
  } as const;
  await writeWhole(path, await sharp({ create: canvas }).composite(layers).jpeg({ quality: 88 }).toBuffer());
}

function headingOf(text: string, width: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEADING}"><text x="4" y="20" font-family="DejaVu Sans, Verdana, Arial, sans-serif" font-size="15" font-weight="600" fill="#1f2937">${escapeMarkup(text)}</text></svg>`;
}
