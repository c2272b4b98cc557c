import type { Detection, RawImage } from '@glip-wgpu/glip-core';
import sharp from 'sharp';

const SHORTEST_LONG_SIDE = 800; // smaller pictures are enlarged, so that labels can be read
const COLOURS = ['#e6194b', '#2563eb', '#15803d', '#b45309', '#7e22ce', '#0f766e', '#be185d', '#4d7c0f'];

interface Tag {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Writes the picture with boxes and labels. The file's ending says its format. */
export async function drawDetections(
  image: RawImage,
  detections: readonly Detection[],
  path: string,
): Promise<void> {
  const scale = Math.max(1, Math.ceil(SHORTEST_LONG_SIDE / Math.max(image.width, image.height)));
  const [width, height] = [image.width * scale, image.height * scale];
  const raw = { width: image.width, height: image.height, channels: image.channels };
  await sharp(image.data, { raw })
    .toColourspace('srgb')
    .resize(width, height, { kernel: 'lanczos3' })
    .composite([{ input: Buffer.from(overlay(detections, width, height, scale)) }])
    .toFile(path);
}

/** An SVG of boxes and labels, one colour for each label. */
function overlay(detections: readonly Detection[], width: number, height: number, scale: number): string {
  const labels = [...new Set(detections.map(({ label }) => label))];
  const font = Math.max(14, Math.round(Math.max(width, height) / 45));
  const line = Math.max(2, font / 7);
  const colourOf = (label: string): string => COLOURS[labels.indexOf(label) % COLOURS.length];
  const corners = (box: Detection['box']): number[] => box.map((value) => value * scale);

  // The best box is drawn last, on top; labels come after all boxes, the best first to choose its place.
  const boxes = [...detections].reverse().map(({ label, box }) => {
    const [x1, y1, x2, y2] = corners(box);
    const frame = `x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}" rx="2" fill="none"`;
    return `<rect ${frame} stroke="white" stroke-width="${line * 2}" stroke-opacity="0.6"/>
<rect ${frame} stroke="${colourOf(label)}" stroke-width="${line}"/>`;
  });
  const taken: Tag[] = [];
  const tags = detections.map(({ label, score, box }) => {
    const text = `${label} ${score.toFixed(2)}`;
    const size = { width: Math.ceil(text.length * font * 0.6 + font * 0.6), height: font * 1.4 };
    const [x1, y1] = corners(box);
    const tag = place({ x: x1, y: y1 - size.height, ...size }, taken, width, height);
    taken.push(tag);
    return `<rect x="${tag.x}" y="${tag.y}" width="${tag.width}" height="${tag.height}" rx="3" fill="${colourOf(label)}"/>
<text x="${tag.x + font * 0.3}" y="${tag.y + font * 1.05}" fill="white" font-size="${font}" font-weight="600"
  font-family="DejaVu Sans, Verdana, Arial, sans-serif" textLength="${tag.width - font * 0.6}"
  lengthAdjust="spacingAndGlyphs">${escapeXml(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${[...boxes, ...tags].join('\n')}</svg>`;
}

/** Keeps a label inside the picture and off the labels already there: it moves down until it is free. */
function place(wanted: Tag, taken: readonly Tag[], width: number, height: number): Tag {
  const x = Math.max(0, Math.min(wanted.x, width - wanted.width));
  let y = Math.max(0, Math.min(wanted.y, height - wanted.height));
  const collides = (): Tag | undefined =>
    taken.find(
      (other) =>
        x < other.x + other.width &&
        other.x < x + wanted.width &&
        y < other.y + other.height &&
        other.y < y + wanted.height,
    );
  for (
    let other = collides();
    other && other.y + other.height + wanted.height <= height;
    other = collides()
  ) {
    y = other.y + other.height;
  }
  return { ...wanted, x, y };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
