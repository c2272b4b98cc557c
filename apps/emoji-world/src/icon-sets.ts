import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { InputError } from './input-error.ts';

const PINNED = fileURLToPath(new URL('../icon-sets', import.meta.url));

interface Icon {
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

/** An icon set in Iconify's format. https://iconify.design/docs/types/iconify-json.html */
export interface IconSet {
  readonly icons: Readonly<Record<string, Icon>>;
  readonly aliases?: Readonly<Record<string, Icon & { readonly parent: string }>>;
  readonly width?: number;
  readonly height?: number;
}

/** Folder for what is fetched and rasterized, below the user's cache folder. */
export function defaultCache(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: windows } = environment;
  const base = xdg || (process.platform === 'win32' && windows) || join(homedir(), '.cache');
  return join(base, 'glip-wgpu', 'emoji-world');
}

/** Versions and hashes of the icon packages: the text of icon-sets/package-lock.json. */
export const lockText = (): Promise<string> => readFile(join(PINNED, 'package-lock.json'), 'utf8');

/** Version and hash of a package in a lock file's text. */
export function pinned(lock: string, id: string): { version: string; integrity: string } {
  const { version, integrity } = JSON.parse(lock).packages[`node_modules/@iconify-json/${id}`];
  return { version, integrity };
}

/**
 * Folder with the icon packages. On first use npm fetches them at the pinned versions and compares them with the pinned hashes.
 *
 * @throws InputError if they cannot be fetched
 */
export async function fetchIconSets(cache: string): Promise<string> {
  const key = createHash('sha256')
    .update(await lockText())
    .digest('hex')
    .slice(0, 12);
  const folder = join(cache, `icon-sets-${key}`);
  const packages = join(folder, 'node_modules', '@iconify-json');
  if (existsSync(folder)) return packages;
  const beside = `${folder}.${randomUUID()}`;
  await mkdir(beside, { recursive: true });
  try {
    for (const file of ['package.json', 'package-lock.json'])
      await copyFile(join(PINNED, file), join(beside, file));
    await promisify(execFile)(
      'npm',
      ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error', '--prefix', beside],
      {
        cwd: beside,
        shell: process.platform === 'win32',
      },
    );
    await rename(beside, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error; // else another run was first
    });
  } catch (error) {
    throw new InputError(`the icon packages could not be fetched into ${cache}: ${(error as Error).message}`);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  return packages;
}

/** @throws Error if the file is missing or no JSON */
export async function readIconSet(packages: string, id: string): Promise<IconSet> {
  return JSON.parse(await readFile(join(packages, id, 'icons.json'), 'utf8'));
}

/** True of the name of an icon or of an alias. */
export function hasIcon({ icons, aliases = {} }: IconSet, name: string): boolean {
  return (
    Object.hasOwn(icons, name) || (Object.hasOwn(aliases, name) && Object.hasOwn(icons, aliases[name].parent))
  );
}

/** An icon as SVG text that is `size` pixels wide and high. @throws Error for a name that the set does not have */
export function iconSvg(set: IconSet, name: string, size: number): string {
  const alias = set.aliases?.[name];
  const parent = set.icons[alias?.parent ?? name];
  if (!parent) throw new Error(`icon set: no icon is called ${JSON.stringify(name)}`);
  const {
    left = 0,
    top = 0,
    width = set.width ?? 16,
    height = set.height ?? 16,
    body,
  } = { ...parent, ...alias };
  const namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
  const box = `${left} ${top} ${width} ${height}`;
  return `<svg ${namespaces} viewBox="${box}" width="${size}" height="${size}">${body}</svg>`;
}
