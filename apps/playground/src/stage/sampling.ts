import { type Sampling, type SamplingPoint, samplingPoints } from '@glip-wgpu/glip-core';

type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Colors of the points in a location's own level, the finer and the coarser one: told apart by all kinds of eyes. */
export const POINT_COLORS = { own: '#e8590c', finer: '#1c7ed6', coarser: '#f2c200' } as const;

/** The places at which one location of the pyramid reads its neighborhood. */
export interface SamplingDrawing {
  readonly points: readonly (SamplingPoint & { readonly color: string })[];
  /** `[x, y, width, height]` of the location itself, in pixels of the picture. */
  readonly cell: readonly [x: number, y: number, width: number, height: number];
}

/** @param place  of the location, as parts of the picture's width and height */
export function samplingDrawing(
  sampling: Sampling,
  level: number,
  place: readonly [x: number, y: number],
  picture: { readonly width: number; readonly height: number },
): SamplingDrawing | undefined {
  const own = sampling.levels[level];
  if (!own) return undefined;
  const [width, height] = sampling.scale.map((scale) => own.stride * scale);
  const within = (at: number, count: number): number => Math.min(count - 1, Math.max(0, Math.floor(at)));
  const column = within((place[0] * picture.width) / width, own.width);
  const row = within((place[1] * picture.height) / height, own.height);
  const points = samplingPoints(sampling, { level, row, column }).map((point) => ({
    ...point,
    color:
      point.level === level
        ? POINT_COLORS.own
        : point.level < level
          ? POINT_COLORS.finer
          : POINT_COLORS.coarser,
  }));
  return { points, cell: [column * width, row * height, width, height] };
}

/** Draws points as dots, larger where their mask lets more through. */
export function paintSampling(pen: Pen, { points, cell }: SamplingDrawing, scale: number): void {
  pen.save();
  const [x, y, width, height] = cell.map((value) => value * scale);
  for (const [color, line] of [
    ['rgb(255 255 255 / 0.8)', 5],
    [POINT_COLORS.own, 2.5],
  ] as const) {
    pen.strokeStyle = color;
    pen.lineWidth = line;
    pen.strokeRect(x, y, width, height);
  }
  const order = [...points].sort((a, b) => b.level - a.level); // the finest on top
  for (const point of order) {
    pen.beginPath();
    pen.arc(point.x * scale, point.y * scale, 2 + 4 * Math.sqrt(point.weight), 0, 2 * Math.PI);
    pen.fillStyle = point.color;
    pen.fill();
    pen.strokeStyle = 'white';
    pen.lineWidth = 1.5;
    pen.stroke();
  }
  pen.restore();
}
