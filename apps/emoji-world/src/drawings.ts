import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { fetchIconSets, hasIcon, iconSvg, lockText, readIconSet } from './icon-sets.ts';
import { NOUNS } from './nouns.ts';
import { type Raster, rasterizeSvg, readRaster } from './raster.ts';
import { HELD_OUT_STYLE, iconNames, type Style, TRAINING_STYLES } from './styles.ts';

/** Names of drawings: `index[style][noun]`, its own first; without its own, the first is an empty text. */
export type DrawingIndex = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Drawings of nouns in styles. */
export interface Drawings {
  readonly index: DrawingIndex;
  raster(style: string, icon: string): Promise<Raster>;
}

const LARGEST_RASTER = 256;

/** Side of the square that an icon is rasterized in, for things in scenes of this size. */
export function rasterSize(sceneSize: number): number {
  let side = 64;
  while (side < 0.75 * sceneSize && side < LARGEST_RASTER) side *= 2;
  return side;
}

/**
 * Folder with all drawings as PNG files of `side` pixels, made on first use and kept in the cache.
 *
 * @throws InputError if the icon packages cannot be fetched
 */
export async function prepareDrawings(cache: string, side: number): Promise<string> {
  const styles = [...TRAINING_STYLES, HELD_OUT_STYLE];
  const versions = [sharp.versions.sharp, sharp.versions.vips, sharp.versions.rsvg];
  const key = createHash('sha256')
    .update(JSON.stringify([await lockText(), NOUNS, styles, versions, side]))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cache, `drawings-${side}-${key}`);
  if (existsSync(folder)) return folder;
  const packages = await fetchIconSets(cache);
  const beside = `${folder}.${randomUUID()}`;
  try {
    const index: Record<string, Record<string, string[]>> = {};
    for (const style of styles) index[style.id] = await rasterizeStyle(packages, style, beside, side);
    await writeFile(join(beside, 'index.json'), JSON.stringify(index));
    await rename(beside, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error; // else another run was first
    });
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  return folder;
}

async function rasterizeStyle(
  packages: string,
  style: Style,
  folder: string,
  side: number,
): Promise<Record<string, string[]>> {
  const set = await readIconSet(packages, style.id);
  await mkdir(join(folder, style.id), { recursive: true });
  const names: Record<string, string[]> = {};
  for (const noun of NOUNS) {
    const { main = '', alternates } = iconNames(style, noun, (icon) => hasIcon(set, icon));
    if (main === '' && alternates.length === 0) continue;
    names[noun.name] = [main, ...alternates];
    await Promise.all(
      names[noun.name].map(async (icon) => {
        if (icon === '') return;
        const png = await rasterizeSvg(iconSvg(set, icon, side));
        if (!png) throw new Error(`${style.id}: the icon ${icon} is empty`);
        await writeFile(join(folder, style.id, `${icon}.png`), png);
      }),
    );
  }
  return names;
}

/** Drawings of a folder that `prepareDrawings` made; each is read once. */
export async function openDrawings(folder: string): Promise<Drawings> {
  const rasters = new Map<string, Promise<Raster>>();
  return {
    index: JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')),
    raster(style, icon) {
      const path = join(folder, style, `${icon}.png`);
      const raster = rasters.get(path) ?? readFile(path).then(readRaster);
      rasters.set(path, raster);
      return raster;
    },
  };
}
