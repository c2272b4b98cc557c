import { type ImageWithBoxes, toSvg } from '@glip-wgpu/datasets';
import type { RawImage } from '@glip-wgpu/glip-core';
import type { OverlayOptions } from 'sharp';
import { escapeMarkup, shortened } from './charts/svg.ts';

const GAP = 14;
const LINE = 17;
const CHARACTER = 6.8;
const MAX_LINES = 6;

/** A picture in the size in which it is drawn. */
export interface SmallPicture {
  readonly png: Buffer;
  readonly width: number;
  readonly height: number;
  /** Pixels per pixel of the picture that it was made from. */
  readonly scale: number;
}

/** A picture, once for each list of boxes, with a text below. */
export interface Tile {
  readonly picture: SmallPicture;
  /** Boxes in pixels of the original picture, best first; side by side. */
  readonly panels: readonly ImageWithBoxes['detections'][];
  readonly caption: string;
}

/** A picture whose longer side has `side` pixels. */
export async function resized(image: RawImage, side: number): Promise<SmallPicture> {
  const { default: sharp } = await import('sharp'); // slow to load, so loaded on demand
  const scale = side / Math.max(image.width, image.height);
  const [width, height] = [image.width, image.height].map((length) =>
    Math.max(1, Math.round(length * scale)),
  );
  const raw = { width: image.width, height: image.height, channels: image.channels };
  const png = await sharp(image.data, { raw })
    .toColourspace('srgb')
    .removeAlpha()
    .resize(width, height, { kernel: scale > 1 ? 'nearest' : 'lanczos3', fit: 'fill' })
    .png({ compressionLevel: 1 })
    .toBuffer();
  return { png, width, height, scale };
}

/** All tiles as one JPEG, row by row, under a heading. @param labels  all labels of the run, so that each keeps its color */
export async function contactSheet(
  heading: string,
  tiles: readonly Tile[],
  columns: number,
  labels: readonly string[],
): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const wide = Math.max(200, ...tiles.map(({ picture, panels }) => panels.length * (picture.width + 4) - 4));
  const used = Math.max(1, Math.min(columns, tiles.length));
  const width = GAP + used * (wide + GAP);
  const layers: OverlayOptions[] = [
    { input: writing([shortened(heading, Math.floor(width / 8.5))], width, 15), left: GAP, top: 8 },
  ];
  let top = 40;
  for (let first = 0; first < tiles.length; first += used) {
    const row = tiles
      .slice(first, first + used)
      .map((tile) => ({ ...tile, lines: wrapped(tile.caption, wide) }));
    const tall = Math.max(...row.map(({ picture }) => picture.height));
    for (const [column, { picture, panels, lines }] of row.entries()) {
      const left = GAP + column * (wide + GAP);
      for (const [i, boxes] of panels.entries()) {
        const at = { left: left + i * (picture.width + 4), top };
        layers.push({ input: picture.png, ...at }, { input: drawnBoxes(picture, boxes, labels), ...at });
      }
      if (lines.length > 0) layers.push({ input: writing(lines, wide, 12), left, top: top + tall + 2 });
    }
    top += tall + Math.max(...row.map(({ lines }) => lines.length)) * LINE + GAP;
  }
  const canvas = { width, height: Math.max(top, 60), channels: 3, background: 'white' } as const;
  return sharp({ create: canvas })
    .composite(layers)
    .jpeg({ quality: 84, chromaSubsampling: '4:4:4' }) // without color subsampling, since boxes are thin
    .toBuffer();
}

/** Boxes over a picture, as an SVG of its size. @param boxes  in pixels of the original picture, best first */
export function drawnBoxes(
  { width, height, scale }: SmallPicture,
  boxes: Tile['panels'][number],
  labels: readonly string[],
): Buffer {
  const detections = boxes.map(({ label, score, box: [x1, y1, x2, y2] }) => ({
    label,
    score,
    box: [x1 * scale, y1 * scale, (x2 + 1) * scale - 1, (y2 + 1) * scale - 1] as const,
  }));
  return Buffer.from(toSvg({ width, height, detections }, { labels }));
}

function writing(lines: readonly string[], width: number, size: number): Buffer {
  const font = `font-family="DejaVu Sans, Verdana, Arial, sans-serif" font-size="${size}" font-weight="${size > 12 ? 600 : 400}"`;
  const texts = lines.map(
    (line, i) => `<text x="0" y="${(i + 0.8) * LINE}" ${font} fill="#1f2937">${escapeMarkup(line)}</text>`,
  );
  const height = Math.ceil(lines.length * LINE + 4);
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${texts.join('')}</svg>`,
  );
}

/** Lines of at most the width; words longer than a line are cut. */
function wrapped(caption: string, width: number): string[] {
  const most = Math.max(8, Math.floor(width / CHARACTER));
  const lines: string[] = [];
  for (const word of caption.split(/\s+/).filter((part) => part !== '')) {
    const joined = `${lines.at(-1) ?? ''} ${word}`.trim();
    if (lines.length > 0 && joined.length <= most) lines[lines.length - 1] = joined;
    else lines.push(shortened(word, most));
  }
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, MAX_LINES - 1), shortened(lines.slice(MAX_LINES - 1).join(' '), most)];
}
