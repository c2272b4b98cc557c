import type { RgbImage } from '@glip-wgpu/glip-core';
import type { Placement } from './augmentation.ts';
import type { ResizableImage } from './resized-images.ts';
import { type Box, clippedBox } from './training-boxes.ts';

/** An image on its canvas. */
export interface PlacedImage {
  readonly image: RgbImage;
  /** A box of the original image on the canvas; undefined where too little of it is left. */
  move(box: Box): Box | undefined;
}

type Color = readonly [red: number, green: number, blue: number];

/**
 * Resizes an image to a canvas, and turns, shifts and mirrors it.
 *
 * @param size  [height, width] of the canvas
 * @param fill  color of what the image does not cover
 */
export function placeImage(
  original: ResizableImage,
  [height, width]: readonly [height: number, width: number],
  { zoom, angle, position, shift, flip, verticalFlip }: Placement,
  { fill, minVisible }: { readonly fill: Color; readonly minVisible: number },
): PlacedImage {
  const sized = [height, width].map((side) => Math.max(1, Math.round(side * zoom))) as [number, number];
  const [rows, columns] = sized;
  const left = offset(width, columns, position[0], shift[0]);
  const top = offset(height, rows, position[1], shift[1]);
  let image = rotated(original.resized(sized), angle, fill);
  if (left !== 0 || top !== 0 || rows !== height || columns !== width) {
    image = onCanvas(image, { height, width, left, top }, fill);
  }
  if (flip || verticalFlip) image = mirrored(image, flip, verticalFlip);

  const [scaleX, scaleY] = [columns / original.width, rows / original.height];
  const move = (box: Box): Box | undefined => {
    const scaled: Box = [box[0] * scaleX, box[1] * scaleY, box[2] * scaleX, box[3] * scaleY];
    const [x1, y1, x2, y2] = rotatedBox(scaled, angle, sized);
    const shifted: Box = [x1 + left, y1 + top, x2 + left, y2 + top];
    const visible = clippedBox(shifted, width, height);
    if (!visible || area(visible) < minVisible * area(shifted)) return undefined;
    const across: Box = flip
      ? [width - visible[2] - 1, visible[1], width - visible[0] - 1, visible[3]]
      : visible;
    return verticalFlip ? [across[0], height - across[3] - 1, across[2], height - across[1] - 1] : across;
  };
  return { image, move };
}

/** First pixel of an image on a canvas along one axis. */
function offset(canvas: number, length: number, position: number, shift: number): number {
  return Math.round((canvas - length) * position + canvas * shift);
}

const area = ([x1, y1, x2, y2]: Box): number => (x2 - x1 + 1) * (y2 - y1 + 1);

function onCanvas(
  image: RgbImage,
  { height, width, left, top }: { height: number; width: number; left: number; top: number },
  fill: Color,
): RgbImage {
  const data = filled(width * height, fill);
  const [from, to] = [Math.max(0, left), Math.min(width, left + image.width)];
  for (let y = Math.max(0, top); y < Math.min(height, top + image.height) && from < to; y++) {
    const start = ((y - top) * image.width + from - left) * 3;
    data.set(image.data.subarray(start, start + (to - from) * 3), (y * width + from) * 3);
  }
  return { data, width, height };
}

function filled(pixels: number, color: Color): Uint8ClampedArray {
  const data = new Uint8ClampedArray(pixels * 3);
  for (let i = 0; i < data.length; i++) data[i] = color[i % 3];
  return data;
}

function mirrored({ data, width, height }: RgbImage, across: boolean, down: boolean): RgbImage {
  const flipped = new Uint8ClampedArray(data.length);
  for (let y = 0; y < height; y++) {
    const row = (down ? height - 1 - y : y) * width;
    for (let x = 0; x < width; x++) {
      const from = (row + (across ? width - 1 - x : x)) * 3;
      const to = (y * width + x) * 3;
      flipped[to] = data[from];
      flipped[to + 1] = data[from + 1];
      flipped[to + 2] = data[from + 2];
    }
  }
  return { data: flipped, width, height };
}

/** Turns an image about its center, clockwise as it is seen, with bilinear interpolation. */
function rotated(image: RgbImage, angle: number, fill: Color): RgbImage {
  if (angle === 0) return image;
  const { data, width, height } = image;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const turned = new Uint8ClampedArray(data.length);
  const valueAt = (x: number, y: number, c: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? fill[c] : data[(y * width + x) * 3 + c];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - middleX, y - middleY];
      const [fromX, fromY] = [middleX + cos * dx + sin * dy, middleY - sin * dx + cos * dy];
      const [x0, y0] = [Math.floor(fromX), Math.floor(fromY)];
      const [fx, fy] = [fromX - x0, fromY - y0];
      for (let c = 0; c < 3; c++) {
        const above = valueAt(x0, y0, c) * (1 - fx) + valueAt(x0 + 1, y0, c) * fx;
        const below = valueAt(x0, y0 + 1, c) * (1 - fx) + valueAt(x0 + 1, y0 + 1, c) * fx;
        turned[(y * width + x) * 3 + c] = above * (1 - fy) + below * fy;
      }
    }
  }
  return { data: turned, width, height };
}

/**
 * The box around the turned ellipse that fills a box: closer to most objects than the box around its turned corners, which
 * grows with every turn.
 */
function rotatedBox(box: Box, angle: number, [rows, columns]: readonly [number, number]): Box {
  if (angle === 0) return box;
  const [x1, y1, x2, y2] = box;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [dx, dy] = [(x1 + x2 - columns + 1) / 2, (y1 + y2 - rows + 1) / 2];
  const [x, y] = [(columns - 1) / 2 + cos * dx - sin * dy, (rows - 1) / 2 + sin * dx + cos * dy];
  const [halfX, halfY] = [(x2 - x1 + 1) / 2, (y2 - y1 + 1) / 2];
  const across = Math.hypot(cos * halfX, sin * halfY) - 0.5;
  const down = Math.hypot(sin * halfX, cos * halfY) - 0.5;
  return [x - across, y - down, x + across, y + down];
}
