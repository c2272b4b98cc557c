import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Drawings } from '../drawings.ts';
import { NOUNS } from '../nouns.ts';
import { type Raster, rasterizeSvg, readRaster } from '../raster.ts';
import type { World } from '../scene.ts';
import { HELD_OUT_STYLE } from '../styles.ts';

const STYLES = ['noto', 'openmoji'];

const ICONS = Object.fromEntries(
  NOUNS.map(({ name }, i) => [name, i % 3 === 0 ? [name, `${name}-other`] : [name]]),
);
const INDEX = Object.fromEntries([...STYLES, HELD_OUT_STYLE.id].map((style) => [style, ICONS]));

/** Drawings of simple shapes: each noun's own, and an alternate of every third. */
function testDrawings(): Drawings {
  const rasters = new Map<string, Promise<Raster>>();
  return {
    index: INDEX,
    raster(style, icon) {
      const key = `${style}/${icon}`;
      const raster = rasters.get(key) ?? draw(style, icon).then(readRaster);
      rasters.set(key, raster);
      return raster;
    },
  };
}

/** Writes the same drawings as `openDrawings` reads them. */
export async function writeDrawings(folder: string): Promise<void> {
  for (const [style, icons] of Object.entries(INDEX)) {
    await mkdir(join(folder, style), { recursive: true });
    for (const icon of Object.values(icons).flat())
      await writeFile(join(folder, style, `${icon}.png`), await draw(style, icon));
  }
  await writeFile(join(folder, 'index.json'), JSON.stringify(INDEX));
}

async function draw(style: string, icon: string): Promise<Uint8Array> {
  const hue = (icon.length * 47) % 360;
  const shape =
    style === 'noto'
      ? `<circle cx="20" cy="20" r="16" fill="hsl(${hue} 60% 50%)"/>`
      : `<rect x="4" y="10" width="32" height="20" fill="hsl(${hue} 70% 60%)" stroke="#000"/>`;
  const png = await rasterizeSvg(
    `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">${shape}</svg>`,
  );
  if (!png) throw new Error(`the test drawing of ${icon} is empty`);
  return png;
}

/** A world of two training styles and the held-out one, with scenes of 160 pixels. */
export function testWorld(): World {
  return { seed: 1, size: 160, styles: STYLES, relations: 0.4, drawings: testDrawings() };
}
