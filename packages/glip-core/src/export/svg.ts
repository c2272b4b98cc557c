import type { Detection } from '../grounding.ts';
import type { LabeledImage } from './labeled-image.ts';
import { escapeXml } from './xml.ts';

const COLOURS = ['#e6194b', '#2563eb', '#15803d', '#b45309', '#7e22ce', '#0f766e', '#be185d', '#4d7c0f'];

export interface SvgOptions {
  /** Address of the picture, such as a `data:` URL; only boxes are drawn unless given. */
  readonly href?: string;
  /** Pixels of the drawing for each pixel of the image; 1 unless given. */
  readonly scale?: number;
  /** Labels in the order of their colours, so that several drawings agree; those found unless given. */
  readonly labels?: readonly string[];
}

interface Tag {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A drawing of boxes with labels and scores, one colour for each label, over the picture. */
export function toSvg(
  { width, height, detections }: Omit<LabeledImage, 'file'>,
  { href, scale = 1, labels = [...new Set(detections.map(({ label }) => label))] }: SvgOptions = {},
): string {
  const size = { width: width * scale, height: height * scale };
  const font = Math.max(14, Math.round(Math.max(size.width, size.height) / 45));
  const line = Math.max(2, font / 7);
  const colourOf = (label: string): string => COLOURS[Math.max(0, labels.indexOf(label)) % COLOURS.length];
  const corners = (box: Detection['box']): number[] => box.map((value) => rounded(value * scale));

  // The best box is drawn last, on top; labels come after all boxes, the best first to choose its place.
  const boxes = [...detections].reverse().map(({ label, box }) => {
    const [x1, y1, x2, y2] = corners(box);
    const frame = `x="${x1}" y="${y1}" width="${rounded(x2 - x1)}" height="${rounded(y2 - y1)}" rx="2" fill="none"`;
    return `<rect ${frame} stroke="white" stroke-width="${rounded(line * 2)}" stroke-opacity="0.6"/>
<rect ${frame} stroke="${colourOf(label)}" stroke-width="${rounded(line)}"/>`;
  });
  const taken: Tag[] = [];
  const tags = detections.map(({ label, score, box }) => {
    const text = `${shown(label)} ${score.toFixed(2)}`;
    const wanted = { width: Math.ceil(text.length * font * 0.6 + font * 0.6), height: rounded(font * 1.4) };
    const [x1, y1] = corners(box);
    const tag = place({ x: x1, y: y1 - wanted.height, ...wanted }, taken, size);
    taken.push(tag);
    const [x, y] = [rounded(tag.x), rounded(tag.y)];
    return `<rect x="${x}" y="${y}" width="${tag.width}" height="${tag.height}" rx="3" fill="${colourOf(label)}"/>
<text x="${rounded(x + font * 0.3)}" y="${rounded(y + font * 1.05)}" fill="white" font-size="${font}" font-weight="600"
  font-family="DejaVu Sans, Verdana, Arial, sans-serif" textLength="${rounded(tag.width - font * 0.6)}"
  lengthAdjust="spacingAndGlyphs">${escapeXml(text)}</text>`;
  });
  const picture = href === undefined ? [] : [`<image width="100%" height="100%" href="${escapeXml(href)}"/>`];
  const view = `width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${view}>\n${[...picture, ...boxes, ...tags].join('\n')}\n</svg>\n`;
}

/** Keeps a label inside the picture and off the labels already there: it moves down until it is free. */
function place(wanted: Tag, taken: readonly Tag[], size: Pick<Tag, 'width' | 'height'>): Tag {
  const x = Math.max(0, Math.min(wanted.x, size.width - wanted.width));
  let y = Math.max(0, Math.min(wanted.y, size.height - wanted.height));
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
    other && other.y + other.height + wanted.height <= size.height;
    other = collides()
  ) {
    y = other.y + other.height;
  }
  return { ...wanted, x, y };
}

function shown(label: string): string {
  return label.length > 40 ? `${label.slice(0, 39)}…` : label;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
