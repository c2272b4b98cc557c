import { drawingOf } from '@glip-wgpu/datasets';
import type { Detections, HeatMap } from '@glip-wgpu/glip-core';

/** Draws the picture, boxes and labels, scaled to the page; labels keep their colors from picture to picture. */
export function draw(
  canvas: HTMLCanvasElement,
  picture: ImageBitmap,
  found: Detections | undefined,
  labels: readonly string[],
  heat?: HeatMap,
): void {
  const { width, height } = picture;
  const scale = Math.max(1, Math.floor(900 / Math.max(width, height)));
  [canvas.width, canvas.height] = [width * scale, height * scale];
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  if (heat) drawHeat(pen, heat, scale);
  if (!found) return;
  const useFont = (size: number): void => {
    pen.font = `600 ${size}px system-ui, sans-serif`;
  };
  const textWidth = (text: string, size: number): number => {
    useFont(size);
    return pen.measureText(text).width;
  };
  const drawing = drawingOf({ width, height, detections: found }, { scale, labels, textWidth });
  pen.lineWidth = drawing.lineWidth;
  for (const { x, y, width, height, color } of drawing.boxes) {
    pen.strokeStyle = color;
    pen.strokeRect(x, y, width, height);
  }
  useFont(drawing.fontSize);
  for (const { x, y, width, height, color, text } of drawing.tags) {
    pen.fillStyle = color;
    pen.fillRect(x, y, width, height);
    pen.fillStyle = 'white';
    pen.fillText(text, x + drawing.fontSize * 0.3, y + drawing.fontSize * 1.05);
  }
}

/** Dims the picture except where the heat map is high. */
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
