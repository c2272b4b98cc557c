import { checkImages, edgesOf, type LabeledImage, pixels } from './labeled-image.ts';

const COLUMNS = ['file', 'image_width', 'image_height', 'label', 'score', 'x1', 'y1', 'x2', 'y2'];

/**
 * Detections as a table (RFC 4180), one line each; x2 and y2 are the edges after the last pixel. An image without
 * detections has a line without a label. Text that a spreadsheet would evaluate (`=…`, `+…`, `-…`, `@…`) is prefixed with
 * an apostrophe; control characters become U+FFFD.
 *
 * @throws ExportError for invalid images
 */
export function toCsv(images: readonly LabeledImage[]): string {
  checkImages(images);
  const rows = images.flatMap((image) => {
    const start = [text(image.file), image.width, image.height];
    if (image.detections.length === 0) return [[...start, '', '', '', '', '', '']];
    return image.detections.map(({ label, box, score }) => {
      return [...start, text(label), score.toFixed(6), ...edgesOf(box, image).map(pixels)];
    });
  });
  return [COLUMNS, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('');
}

function text(value: string): string {
  const plain = value.replace(/[^\t\r\n\P{Cc}]/gu, '\ufffd');
  const safe = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
