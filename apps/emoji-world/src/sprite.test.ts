import { beforeAll, describe, expect, it } from 'vitest';
import { COLORS } from './nouns.ts';
import { type Raster, rasterizeSvg, readRaster } from './raster.ts';
import { toHsl, UNCHANGED } from './recolor.ts';
import { drawSprite, type Look, paste, type Sprite } from './sprite.ts';

const PLAIN: Look = { size: 40, rotation: 0, mirrored: false, stretch: 1, tone: UNCHANGED };

/** A drawing of 32 x 16 pixels in a picture of 128: brown on the left, white on the right. */
const FLAG = `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128">
  <rect x="20" y="50" width="32" height="32" fill="#a06030"/><rect x="52" y="50" width="32" height="32" fill="#fff"/></svg>`;

let flag: Raster;
beforeAll(async () => {
  flag = await readRaster((await rasterizeSvg(FLAG)) ?? new Uint8Array());
});

function draw(look: Partial<Look>, raster = flag): Sprite {
  const sprite = drawSprite(raster, { ...PLAIN, ...look });
  if (!sprite) throw new Error('the sprite is empty');
  return sprite;
}

/** Color at a place in the box, 0 to 1 along its sides. */
function colorAt({ width, pixels, box }: Sprite, u: number, v: number): number[] {
  const [x, y] = [Math.floor(box[0] + u * box[2]), Math.floor(box[1] + v * box[3])];
  return [...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}

describe('a raster', () => {
  it('is cut to the opaque part and halved down to a few pixels', () => {
    expect(flag.levels.map(({ width, height }) => [width, height])).toEqual([
      [64, 32],
      [32, 16],
      [16, 8],
    ]);
  });

  it('is none of a drawing that shows nothing', async () => {
    expect(
      await rasterizeSvg('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'),
    ).toBeUndefined();
  });
});

describe('a sprite', () => {
  it('has the box of its longer side', () => {
    expect(draw({}).box.slice(2)).toEqual([40, 20]);
    expect(draw({ size: 27 }).box.slice(2)).toEqual([28, 14]); // touched pixels count
  });

  it('turns counterclockwise', () => {
    const sprite = draw({ rotation: 90 });
    expect(sprite.box.slice(2)).toEqual([20, 40]);
    expect(colorAt(sprite, 0.5, 0.25)).toEqual([255, 255, 255, 255]); // what was right is up
    const [, , width, height] = draw({ rotation: 15 }).box;
    expect(Math.abs(width - (40 * Math.cos(Math.PI / 12) + 20 * Math.sin(Math.PI / 12)))).toBeLessThan(2);
    expect(Math.abs(height - (40 * Math.sin(Math.PI / 12) + 20 * Math.cos(Math.PI / 12)))).toBeLessThan(2);
  });

  it('is mirrored from left to right', () => {
    expect(colorAt(draw({}), 0.75, 0.5)).toEqual([255, 255, 255, 255]);
    expect(colorAt(draw({ mirrored: true }), 0.25, 0.5)).toEqual([255, 255, 255, 255]);
  });

  it('is stretched and keeps its area', () => {
    expect(draw({ stretch: 1.21 }).box.slice(2)).toEqual([44, 18]); // 18.2
  });

  it('is outlined inside of its box', () => {
    const sprite = draw({ size: 64, outline: 'dark' });
    expect(sprite.box.slice(2)).toEqual([68, 36]);
    const [red, green, blue, alpha] = colorAt(sprite, 0.01, 0.5);
    expect(alpha).toBeGreaterThan(200);
    for (const channel of [red, green, blue]) expect(Math.abs(channel / alpha - 25 / 255)).toBeLessThan(0.01);
    expect(colorAt(sprite, 0.3, 0.5)).toEqual(colorAt(draw({}), 0.3, 0.5));
  });

  it.each(COLORS)('is recolored %s with its shading', (color) => {
    const sprite = draw({ color });
    const hues = { red: 0, orange: 28, yellow: 55, green: 125, blue: 215, purple: 283 };
    const [dark, light] = [0.25, 0.75].map((u) => {
      const [r, g, b] = colorAt(sprite, u, 0.5);
      return toHsl(r / 255, g / 255, b / 255);
    });
    for (const [hue] of [dark, light])
      expect(Math.min(Math.abs(hue - hues[color]), 360 - Math.abs(hue - hues[color]))).toBeLessThan(2);
    expect(light[2] - dark[2]).toBeGreaterThan(0.1);
  });

  it('changes the pixels of its box, and outside no more than a faint rim', () => {
    const size = 100;
    const picture = new Uint8ClampedArray(size * size * 3).fill(0);
    const sprite = draw({ rotation: 10, size: 50, tone: { hue: 5, saturation: 1.1, lightness: 0.05 } });
    paste(picture, size, sprite, 30, 20);
    const [, , width, height] = sprite.box;
    const columns = new Set<number>();
    const rows = new Set<number>();
    for (let i = 0; i < size * size; i++) {
      if (Math.max(...picture.subarray(i * 3, i * 3 + 3)) < 40) continue;
      columns.add(i % size);
      rows.add(Math.floor(i / size));
    }
    expect([Math.min(...columns), Math.max(...columns) + 1]).toEqual([30, 30 + width]);
    expect([Math.min(...rows), Math.max(...rows) + 1]).toEqual([20, 20 + height]);
  });

  it('is cut off at the edges of a picture', () => {
    const picture = new Uint8ClampedArray(30 * 30 * 3);
    const sprite = draw({});
    expect(() => paste(picture, 30, sprite, 20, -5)).not.toThrow();
    const filled = Array.from({ length: 900 }, (_, i) => i).filter(
      (i) => Math.max(...picture.subarray(i * 3, i * 3 + 3)) > 40,
    );
    expect(filled).toHaveLength(10 * 15);
  });
});
