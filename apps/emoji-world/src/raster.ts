import sharp from 'sharp';

/** A drawing cut to its opaque part: RGBA, color multiplied by alpha, with copies of half the size, a quarter and so on. */
export interface Raster {
  readonly levels: readonly Level[];
  /** Median lightness of the opaque part, 0 to 1. */
  readonly lightness: number;
}

export interface Level {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray;
}

/** Pixels of less alpha belong to no box. */
const OPAQUE = 48;

/** Opaque part as PNG; undefined if nothing is opaque. */
export async function rasterizeSvg(svg: string): Promise<Uint8Array | undefined> {
  const { data, info } = await sharp(Buffer.from(svg))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const box = opaqueBox(data, info.width, info.height);
  if (!box) return undefined;
  const [left, top, width, height] = box;
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 4 } })
    .extract({ left, top, width, height })
    .png()
    .toBuffer();
}

/** `[left, top, width, height]` of the pixels of an RGBA picture that are opaque. */
export function opaqueBox(
  pixels: ArrayLike<number>,
  width: number,
  height: number,
): [left: number, top: number, width: number, height: number] | undefined {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[(y * width + x) * 4 + 3] < OPAQUE) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  return right > left ? [left, top, right - left, bottom - top] : undefined;
}

/** A raster of a PNG. */
export async function readRaster(png: Uint8Array): Promise<Raster> {
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const pixels = new Uint8ClampedArray(data);
  const lightness: number[] = [];
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3];
    if (alpha > 128)
      lightness.push(
        (Math.max(pixels[i], pixels[i + 1], pixels[i + 2]) +
          Math.min(pixels[i], pixels[i + 1], pixels[i + 2])) /
          510,
      );
    for (let c = 0; c < 3; c++) pixels[i + c] = (pixels[i + c] * alpha) / 255;
  }
  lightness.sort((a, b) => a - b);
  const levels: Level[] = [{ width: info.width, height: info.height, pixels }];
  for (let level = levels[0]; Math.min(level.width, level.height) > 8; level = levels[levels.length - 1])
    levels.push(halve(level));
  return { levels, lightness: lightness[lightness.length >> 1] ?? 0.5 };
}

function halve({ width, height, pixels }: Level): Level {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const half = new Uint8ClampedArray(w * h * 4);
  const at = (x: number, y: number, c: number) =>
    x < width && y < height ? pixels[(y * width + x) * 4 + c] : 0;
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      for (let c = 0; c < 4; c++)
        half[(y * w + x) * 4 + c] =
          (at(2 * x, 2 * y, c) +
            at(2 * x + 1, 2 * y, c) +
            at(2 * x, 2 * y + 1, c) +
            at(2 * x + 1, 2 * y + 1, c)) /
          4;
  return { width: w, height: h, pixels: half };
}
