import { type DrawingOptions, drawingOf, type ImageWithBoxes } from './drawing.ts';
import { escapeXml } from './xml.ts';

export interface SvgOptions extends Omit<DrawingOptions, 'textWidth'> {
  /** URL of the picture, such as a `data:` URL; without it only boxes are drawn. */
  readonly href?: string | undefined;
}

/** A drawing of boxes with labels and scores over the picture, each label in its color. */
export function toSvg(image: ImageWithBoxes, { href, ...options }: SvgOptions = {}): string {
  const { width, height, fontSize, lineWidth, ...drawing } = drawingOf(image, options);
  const boxes = drawing.boxes.map(({ color, ...box }) => {
    const frame = `x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="2" fill="none"`;
    return `<rect ${frame} stroke="white" stroke-width="${rounded(lineWidth * 2)}" stroke-opacity="0.6"/>
<rect ${frame} stroke="${color}" stroke-width="${rounded(lineWidth)}"/>`;
  });
  const tags = drawing.tags.map(
    ({ x, y, color, text, ...tag }) =>
      `<rect x="${x}" y="${y}" width="${tag.width}" height="${tag.height}" rx="3" fill="${color}"/>
<text x="${rounded(x + fontSize * 0.3)}" y="${rounded(y + fontSize * 1.05)}" fill="white" font-size="${fontSize}" font-weight="600"
  font-family="DejaVu Sans, Verdana, Arial, sans-serif" textLength="${rounded(tag.width - fontSize * 0.6)}"
  lengthAdjust="spacingAndGlyphs">${escapeXml(text)}</text>`,
  );
  const picture = href === undefined ? [] : [`<image width="100%" height="100%" href="${escapeXml(href)}"/>`];
  const view = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${view}>\n${[...picture, ...boxes, ...tags].join('\n')}\n</svg>\n`;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
