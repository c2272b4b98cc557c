import type { Color } from './nouns.ts';

/** Hue in degrees, saturation, and lightness of what was of median lightness, 0 to 1, of recolored things. */
const PAINTS: Readonly<Record<Color, readonly [hue: number, saturation: number, lightness: number]>> = {
  red: [0, 0.74, 0.45],
  orange: [28, 0.8, 0.44],
  yellow: [55, 0.74, 0.46],
  green: [125, 0.59, 0.45],
  blue: [215, 0.67, 0.48],
  purple: [283, 0.5, 0.51],
};

const CONTRAST = 0.6;

/** Changes of color of one thing, small enough to keep its color's name. */
export interface Tone {
  /** Degrees. */
  readonly hue: number;
  /** Factor. */
  readonly saturation: number;
  /** Added, -1 to 1. */
  readonly lightness: number;
}

export const UNCHANGED: Tone = { hue: 0, saturation: 1, lightness: 0 };

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/**
 * Changes hue, saturation and lightness in place.
 *
 * @param pixels  RGBA, color multiplied by alpha
 * @param color   replaces hue and saturation and keeps the shading; undefined for the original colors
 * @param median  the drawing's median lightness
 */
export function recolor(
  pixels: Uint8ClampedArray,
  color: Color | undefined,
  median: number,
  tone: Tone,
): void {
  if (!color && tone === UNCHANGED) return;
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3];
    if (alpha === 0) continue;
    let [hue, saturation, lightness] = toHsl(
      Math.min(pixels[i] / alpha, 1),
      Math.min(pixels[i + 1] / alpha, 1),
      Math.min(pixels[i + 2] / alpha, 1),
    );
    if (color) {
      const [paintHue, paintSaturation, middle] = PAINTS[color];
      [hue, saturation] = [paintHue, paintSaturation];
      lightness = clamp(middle + CONTRAST * (lightness - median), 0.13, 0.8);
    }
    const light = clamp(lightness + tone.lightness, 0, 1);
    const rgb = fromHsl(hue + tone.hue, clamp(saturation * tone.saturation, 0, 1), light);
    for (let c = 0; c < 3; c++) pixels[i + c] = rgb[c] * alpha;
  }
}

/** Hue in degrees, saturation and lightness from red, green and blue, all 0 to 1. */
export function toHsl(r: number, g: number, b: number): [number, number, number] {
  const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)];
  const [chroma, lightness] = [high - low, (high + low) / 2];
  if (chroma < 1e-6) return [0, 0, lightness];
  const sector = high === r ? (g - b) / chroma + 6 : high === g ? (b - r) / chroma + 2 : (r - g) / chroma + 4;
  return [(sector % 6) * 60, chroma / (1 - Math.abs(2 * lightness - 1)), lightness];
}

/** Red, green and blue, 0 to 1. */
export function fromHsl(hue: number, saturation: number, lightness: number): [number, number, number] {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (((n + hue / 30) % 12) + 12) % 12;
    return lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  return [channel(0), channel(8), channel(4)];
}
