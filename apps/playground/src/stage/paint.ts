import { drawingOf, type LabeledBox } from '@glip-wgpu/datasets';
import type { HeatMap } from '@glip-wgpu/glip-core';
import { paintSampling, type SamplingDrawing } from './sampling.ts';
import type { Size, Viewport } from './viewport.ts';

const FONT_SIZE = 13;
const FONT = `600 ${FONT_SIZE}px system-ui, sans-serif`;

type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** All that the stage shows. */
export interface Scene {
  readonly bitmap: ImageBitmap;
  /** Pixels of the picture, in which boxes are given. */
  readonly picture: Size;
  readonly boxes: readonly (Omit<LabeledBox, 'score'> & { readonly score?: number })[];
  readonly labels: readonly string[];
  readonly colorOf: (label: string) => string;
  /** Places of the boxes that stand out; undefined for all alike. */
  readonly focused: ReadonlySet<number> | undefined;
  /** Names and scores beside the boxes. */
  readonly tags: boolean;
  readonly heat: HeatImage | undefined;
  readonly sampling: SamplingDrawing | undefined;
  /** Box with handles to drag. */
  readonly selected?: number | undefined;
  /** True if boxes are of an earlier prompt, or less important than what is drawn over them. */
  readonly faded: boolean;
}

/** Draws the stage; one unit of the context is a CSS pixel. */
export function paint(pen: Pen, stage: Size, viewport: Viewport, scene: Scene): void {
  const { bitmap, picture, boxes, labels, colorOf, focused, tags, heat } = scene;
  const { scale, left, top } = viewport;
  pen.clearRect(0, 0, stage.width, stage.height);
  pen.save();
  pen.translate(left, top);
  pen.imageSmoothingEnabled = true;
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(bitmap, 0, 0, picture.width * scale, picture.height * scale);
  if (heat) pen.drawImage(heat.image, 0, 0, heat.width * scale, heat.height * scale);
  pen.font = FONT;
  const textWidth = (text: string): number => pen.measureText(text).width;
  const drawing = drawingOf(
    { ...picture, detections: boxes },
    { scale, labels, fontSize: FONT_SIZE, textWidth },
  );
  const last = boxes.length - 1; // boxes are drawn worst first
  const alpha = (index: number): number => {
    if (focused) return focused.has(index) ? 1 : 0.15;
    return scene.faded ? 0.35 : 1;
  };
  const order = drawing.boxes.map((box, i) => ({ box, index: last - i }));
  for (const { box, index } of [...order].sort((a, b) => alpha(a.index) - alpha(b.index))) {
    pen.globalAlpha = alpha(index);
    if (focused?.has(index)) {
      pen.fillStyle = `${box.color}33`;
      pen.fillRect(box.x, box.y, box.width, box.height);
    }
    pen.lineJoin = 'round';
    for (const [color, width] of [
      ['rgb(255 255 255 / 0.65)', 4.5],
      [box.color, 2.5],
    ] as const) {
      pen.strokeStyle = color;
      pen.lineWidth = width;
      pen.strokeRect(box.x, box.y, box.width, box.height);
    }
  }
  const shown = drawing.tags.filter(({ index }) => (tags || focused?.has(index)) && alpha(index) > 0.2);
  for (const tag of shown) drawTag(pen, tag, alpha(tag.index));
  for (const index of focused ?? []) {
    if (drawing.tags.some((tag) => tag.index === index) || !boxes[index]) continue;
    const { label, score, box } = boxes[index];
    const text = score === undefined ? label : `${label} ${score.toFixed(2)}`;
    const width = textWidth(text) + FONT_SIZE * 0.6;
    const height = FONT_SIZE * 1.4;
    const place = { x: box[0] * scale, y: Math.max(0, box[1] * scale - height), width, height };
    drawTag(pen, { ...place, text, color: colorOf(label) }, 1);
  }
  const marked = scene.selected === undefined ? undefined : boxes[scene.selected];
  if (scene.sampling) paintSampling(pen, scene.sampling, scale);
  if (marked)
    drawHandles(
      pen,
      marked.box.map((value) => value * scale),
      colorOf(marked.label),
    );
  pen.restore();
}

const HANDLE = 9; // pixels

function drawHandles(pen: Pen, [x1, y1, x2, y2]: readonly number[], color: string): void {
  pen.globalAlpha = 1;
  pen.lineWidth = 2;
  pen.fillStyle = 'white';
  pen.strokeStyle = color;
  for (const x of [x1, (x1 + x2) / 2, x2]) {
    for (const y of [y1, (y1 + y2) / 2, y2]) {
      if (x === (x1 + x2) / 2 && y === (y1 + y2) / 2) continue;
      pen.fillRect(x - HANDLE / 2, y - HANDLE / 2, HANDLE, HANDLE);
      pen.strokeRect(x - HANDLE / 2, y - HANDLE / 2, HANDLE, HANDLE);
    }
  }
}

interface Tag {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly text: string;
  readonly color: string;
}

function drawTag(pen: Pen, { x, y, width, height, text, color }: Tag, alpha: number): void {
  pen.globalAlpha = alpha;
  pen.fillStyle = color;
  pen.beginPath();
  pen.roundRect(x - 1, y, width, height, 4);
  pen.fill();
  pen.fillStyle = 'white';
  pen.textBaseline = 'alphabetic';
  pen.fillText(text, x + FONT_SIZE * 0.3 - 1, y + FONT_SIZE * 1.05);
}

/** A heat map as an image over the picture. */
export interface HeatImage {
  readonly image: OffscreenCanvas;
  /** Pixels of the picture that it covers. */
  readonly width: number;
  readonly height: number;
}

const STOPS = [
  [8, 10, 30, 200],
  [60, 15, 110, 170],
  [190, 40, 100, 130],
  [250, 140, 40, 110],
  [255, 240, 150, 60],
] as const;

/** Cold and dark where the values are low, warm and clear where they are high, relative to the highest. */
export function heatImage({ width, height, cell, values }: HeatMap): HeatImage {
  const most = values.reduce((best, value) => Math.max(best, value), 1e-6);
  const shade = new ImageData(width, height);
  for (const [at, value] of values.entries()) {
    const place = (value / most) * (STOPS.length - 1);
    const from = Math.min(STOPS.length - 2, Math.floor(place));
    const color = STOPS[from].map((low, i) => low + (STOPS[from + 1][i] - low) * (place - from));
    shade.data.set(color, 4 * at);
  }
  const image = new OffscreenCanvas(width, height);
  image.getContext('2d')?.putImageData(shade, 0, 0);
  return { image, width: width * cell[0], height: height * cell[1] };
}
