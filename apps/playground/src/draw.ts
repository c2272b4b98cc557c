import type { Detections, HeatMap } from '@glip-wgpu/glip-core';

const COLOURS = ['#e6194b', '#2563eb', '#15803d', '#b45309', '#7e22ce', '#0f766e', '#be185d', '#4d7c0f'];

/** One colour for each label of a prompt. */
export function colourOf(label: string, labels: readonly string[]): string {
  return COLOURS[labels.indexOf(label) % COLOURS.length];
}

/** Draws the picture and boxes with labels, as large as the canvas allows. */
export function draw(
  canvas: HTMLCanvasElement,
  picture: ImageBitmap,
  found: Detections,
  labels: readonly string[],
  heat?: HeatMap,
): void {
  const scale = Math.max(1, Math.floor(900 / Math.max(picture.width, picture.height)));
  canvas.width = picture.width * scale;
  canvas.height = picture.height * scale;
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  if (heat) drawHeat(pen, heat, scale);
  const font = Math.max(14, Math.round(canvas.width / 42));
  pen.font = `600 ${font}px system-ui, sans-serif`;
  pen.textBaseline = 'top';
  pen.lineWidth = Math.max(2, font / 6);
  for (const { label, box } of [...found].reverse()) {
    const [x1, y1, x2, y2] = box.map((value) => value * scale);
    pen.strokeStyle = colourOf(label, labels);
    pen.strokeRect(x1, y1, x2 - x1, y2 - y1);
  }
  const taken: DOMRect[] = [];
  for (const { label, score, box } of found) {
    const text = `${label} ${score.toFixed(2)}`;
    const tag = new DOMRect(0, 0, pen.measureText(text).width + font * 0.6, font * 1.4);
    tag.x = Math.max(0, Math.min(box[0] * scale, canvas.width - tag.width));
    tag.y = Math.max(0, box[1] * scale - tag.height);
    for (
      let other = hit(tag, taken);
      other && other.bottom + tag.height <= canvas.height;
      other = hit(tag, taken)
    ) {
      tag.y = other.bottom;
    }
    taken.push(tag);
    pen.fillStyle = colourOf(label, labels);
    pen.fillRect(tag.x, tag.y, tag.width, tag.height);
    pen.fillStyle = 'white';
    pen.fillText(text, tag.x + font * 0.3, tag.y + font * 0.25);
  }
}

/** Dims the picture but where something is seen. */
function drawHeat(
  pen: CanvasRenderingContext2D,
  { width, height, cell, values }: HeatMap,
  scale: number,
): void {
  const most = values.reduce((best, value) => Math.max(best, value), 1e-6);
  const shade = new ImageData(width, height);
  for (const [at, value] of values.entries())
    shade.data.set([12, 16, 32, 255 * 0.85 * (1 - value / most)], 4 * at);
  const small = new OffscreenCanvas(width, height);
  small.getContext('2d')?.putImageData(shade, 0, 0);
  pen.drawImage(small, 0, 0, width * cell[0] * scale, height * cell[1] * scale);
}

function hit(tag: DOMRect, taken: readonly DOMRect[]): DOMRect | undefined {
  return taken.find(
    (other) => tag.x < other.right && other.x < tag.right && tag.y < other.bottom && other.y < tag.bottom,
  );
}
