/** Position and scale of a picture in the stage: picture pixel (x, y) is drawn at (left + x * scale, top + y * scale). */
export interface Viewport {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Zoom relative to the fitted picture, and the point of the picture in the middle, as shares of its sides. */
export interface Zoom {
  readonly factor: number;
  readonly x: number;
  readonly y: number;
}

export const FITTED: Zoom = { factor: 1, x: 0.5, y: 0.5 };
export const MAX_ZOOM = 16;

/** The picture as large as fits into the stage, zoomed. */
export function viewportOf(picture: Size, stage: Size, zoom: Zoom): Viewport {
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height) * zoom.factor;
  const place = (side: number, whole: number, at: number): number => {
    const shown = side * scale;
    if (shown <= whole) return (whole - shown) / 2;
    return Math.min(0, Math.max(whole - shown, whole / 2 - at * shown)); // no gap beside the picture
  };
  return {
    scale,
    left: place(picture.width, stage.width, zoom.x),
    top: place(picture.height, stage.height, zoom.y),
  };
}

/** Zooms by a factor about a point of the stage, which stays where it is. */
export function zoomAt(
  picture: Size,
  stage: Size,
  zoom: Zoom,
  factor: number,
  at: readonly [number, number],
): Zoom {
  const wanted = Math.min(MAX_ZOOM, Math.max(1, zoom.factor * factor));
  if (wanted === 1) return FITTED;
  const { scale, left, top } = viewportOf(picture, stage, zoom);
  const next = (scale * wanted) / zoom.factor;
  const middle = (side: number, whole: number, start: number, point: number): number => {
    const share = (point - start) / (side * scale);
    return share + (whole / 2 - point) / (side * next);
  };
  return {
    factor: wanted,
    x: middle(picture.width, stage.width, left, at[0]),
    y: middle(picture.height, stage.height, top, at[1]),
  };
}

/** Moves a zoomed picture by pixels of the stage. */
export function pannedBy(picture: Size, stage: Size, zoom: Zoom, dx: number, dy: number): Zoom {
  const { scale, left, top } = viewportOf(picture, stage, zoom);
  const moved = (side: number, whole: number, start: number, by: number): number =>
    (whole / 2 - (start + by)) / (side * scale);
  return {
    ...zoom,
    x: moved(picture.width, stage.width, left, dx),
    y: moved(picture.height, stage.height, top, dy),
  };
}

/** The point of the picture under a point of the stage. */
export function pictureAt(
  { scale, left, top }: Viewport,
  [x, y]: readonly [number, number],
): [number, number] {
  return [(x - left) / scale, (y - top) / scale];
}

type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/** Index of the smallest box that holds the point, with a margin; undefined if none does. */
export function boxAt(
  boxes: readonly Box[],
  [x, y]: readonly [number, number],
  margin = 0,
): number | undefined {
  let found: number | undefined;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [i, [x1, y1, x2, y2]] of boxes.entries()) {
    if (x < x1 - margin || x > x2 + margin || y < y1 - margin || y > y2 + margin) continue;
    const area = (x2 - x1) * (y2 - y1);
    if (area >= smallest) continue;
    smallest = area;
    found = i;
  }
  return found;
}
