import type { Color } from './nouns.ts';
import { type Level, opaqueBox, type Raster } from './raster.ts';
import { recolor, type Tone } from './recolor.ts';

/** A thing as it lies in a scene: RGBA, color multiplied by alpha, and the box of its opaque part. */
export interface Sprite extends Level {
  /** `[left, top, width, height]` in the sprite. */
  readonly box: readonly [left: number, top: number, width: number, height: number];
}

export interface Look {
  /** Longer side before rotation, pixels. */
  readonly size: number;
  /** Degrees, counterclockwise. */
  readonly rotation: number;
  readonly mirrored: boolean;
  /** Width over height, relative to the drawing's. */
  readonly stretch: number;
  readonly color?: Color;
  readonly tone: Tone;
  /** A line around the thing. */
  readonly outline?: 'dark' | 'white';
}

const SAMPLES = [0.25, 0.75];

/** Draws a raster with this look, four samples a pixel. Undefined if nothing of it is opaque. */
export function drawSprite(raster: Raster, look: Look): Sprite | undefined {
  const full = raster.levels[0];
  const scale = look.size / Math.max(full.width, full.height);
  const [stretchX, stretchY] = [Math.sqrt(look.stretch), 1 / Math.sqrt(look.stretch)];
  const [halfWidth, halfHeight] = [(full.width * scale * stretchX) / 2, (full.height * scale * stretchY) / 2];
  const angle = (look.rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const line = look.outline ? Math.max(1, Math.round(look.size / 32)) : 0;
  const side = (along: number, across: number) =>
    2 * Math.ceil(Math.abs(along * cos) + Math.abs(across * sin) + 1 + line);
  const [width, height] = [side(halfWidth, halfHeight), side(halfHeight, halfWidth)];
  const depth = Math.min(Math.max(Math.floor(Math.log2(1 / scale)), 0), raster.levels.length - 1);
  const level = raster.levels[depth];
  const shrink = 2 ** depth;
  const pixels = new Uint8ClampedArray(width * height * 4);
  const sum = new Float64Array(4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sum.fill(0);
      for (const v of SAMPLES) {
        for (const u of SAMPLES) {
          const [dx, dy] = [x + u - width / 2, y + v - height / 2];
          let across = (dx * cos - dy * sin) / (scale * stretchX);
          if (look.mirrored) across = -across;
          const down = (dx * sin + dy * cos) / (scale * stretchY);
          addSample(level, (across + full.width / 2) / shrink, (down + full.height / 2) / shrink, sum);
        }
      }
      for (let c = 0; c < 4; c++) pixels[(y * width + x) * 4 + c] = sum[c] / 4;
    }
  }
  recolor(pixels, look.color, raster.lightness, look.tone);
  if (look.outline) addOutline(pixels, width, height, line, look.outline === 'white' ? 245 : 25);
  const box = opaqueBox(pixels, width, height);
  return box && { width, height, pixels, box };
}

/** Adds the color at a place, between the four nearest pixels; transparent outside. */
function addSample({ width, height, pixels }: Level, x: number, y: number, sum: Float64Array): void {
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  if (left < -1 || top < -1 || left >= width || top >= height) return;
  const [u, v] = [x - 0.5 - left, y - 0.5 - top];
  for (let j = 0; j < 2; j++) {
    for (let i = 0; i < 2; i++) {
      const [column, row] = [left + i, top + j];
      if (column < 0 || row < 0 || column >= width || row >= height) continue;
      const weight = (i ? u : 1 - u) * (j ? v : 1 - v);
      const at = (row * width + column) * 4;
      for (let c = 0; c < 4; c++) sum[c] += weight * pixels[at + c];
    }
  }
}

/** Puts a line of this width and gray around the thing, under it. */
function addOutline(
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
  line: number,
  gray: number,
): void {
  const alpha = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let most = 0;
      for (let j = Math.max(0, y - line); j <= Math.min(height - 1, y + line); j++)
        for (let i = Math.max(0, x - line); i <= Math.min(width - 1, x + line); i++)
          if ((i - x) ** 2 + (j - y) ** 2 <= (line + 0.5) ** 2)
            most = Math.max(most, pixels[(j * width + i) * 4 + 3]);
      alpha[y * width + x] = most;
    }
  }
  for (let i = 0; i < alpha.length; i++) {
    const rest = 1 - pixels[i * 4 + 3] / 255;
    for (let c = 0; c < 3; c++) pixels[i * 4 + c] += (gray * rest * alpha[i]) / 255;
    pixels[i * 4 + 3] += rest * alpha[i];
  }
}

/** Draws a sprite over a picture (RGB) with its box's corner at (x, y). */
export function paste(
  picture: Uint8ClampedArray,
  size: number,
  { width, pixels, box }: Sprite,
  x: number,
  y: number,
): void {
  const [left, top, w, h] = box;
  // The sprite's faint rim lies outside of its box.
  for (let row = Math.max(-1, -y); row < Math.min(h + 1, size - y); row++) {
    for (let column = Math.max(-1, -x); column < Math.min(w + 1, size - x); column++) {
      const [from, to] = [((top + row) * width + left + column) * 4, ((y + row) * size + x + column) * 3];
      const rest = 1 - pixels[from + 3] / 255;
      for (let c = 0; c < 3; c++) picture[to + c] = picture[to + c] * rest + pixels[from + c];
    }
  }
}
