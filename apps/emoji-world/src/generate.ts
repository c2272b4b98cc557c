import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from './input-error.ts';
import { joinSplit, type Split } from './join.ts';
import { manifestOf, readmeOf, type Settings } from './manifest.ts';
import { hasPart, type Part, partsOf, writeBeside } from './parts.ts';
import type { Subset, World } from './scene.ts';

/** Makes parts, several at a time. */
export interface PartMaker {
  makeParts(parts: readonly Part[], folder: string, done: (part: Part) => void): Promise<void>;
}

export interface GenerateOptions {
  readonly out: string;
  readonly counts: Readonly<Record<Subset, number>>;
  /** Text of the icon packages' lock file. */
  readonly lock: string;
  /** Number of scenes that are there, and that will be. */
  readonly progress: (done: number, total: number) => void;
}

const PARTS = '.parts';
const SETTINGS = 'settings.json';

/**
 * Writes a data set. What an interrupted run left is gone on with; a finished one of the same settings is left as it is.
 *
 * @returns false if the data set was there already
 * @throws InputError if the folder holds anything else
 */
export async function generate(
  world: World,
  maker: PartMaker,
  { out, counts, lock, progress }: GenerateOptions,
): Promise<boolean> {
  const manifest = manifestOf(world, counts, lock);
  const partsFolder = join(out, PARTS);
  if (await isFinished(out, manifest.settings)) return false;
  await claim(partsFolder, manifest.settings);
  const all = (['train', 'val', 'style', 'combo'] as const).flatMap((subset) =>
    partsOf(subset, counts[subset]),
  );
  const missing = all.filter((part) => !hasPart(partsFolder, part));
  const scenes = (parts: readonly Part[]) => parts.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const total = scenes(all);
  let done = total - scenes(missing);
  progress(done, total);
  await maker.makeParts(missing, partsFolder, (part) => {
    done += scenes([part]);
    progress(done, total);
  });
  const of = (...subsets: Subset[]) => all.filter(({ subset }) => subsets.includes(subset));
  const splits: Split[] = [
    { name: 'train', parts: of('train') },
    { name: 'val', parts: of('val') },
    { name: 'zeroshot', parts: of('style', 'combo') },
  ];
  const context = { out, partsFolder, seed: world.seed, styles: world.styles, drawings: world.drawings };
  for (const split of splits) if (split.parts.length > 0) await joinSplit(split, context);
  await writeBeside(join(out, 'README.md'), readmeOf(manifest));
  const files = await hashesOf(out);
  await writeBeside(join(out, 'manifest.json'), `${JSON.stringify({ ...manifest, files }, null, 2)}\n`);
  await rm(partsFolder, { recursive: true });
  return true;
}

async function isFinished(out: string, settings: Settings): Promise<boolean> {
  const path = join(out, 'manifest.json');
  if (!existsSync(path)) return false;
  const found = JSON.parse(await readFile(path, 'utf8')).settings;
  if (JSON.stringify(found) === JSON.stringify(settings)) return true;
  throw new InputError(
    `${out} holds a data set of other settings (${differences(found, settings)}); choose another --out, or delete it`,
  );
}

/** Makes the folder of parts this run's. */
async function claim(partsFolder: string, settings: Settings): Promise<void> {
  const path = join(partsFolder, SETTINGS);
  if (existsSync(path)) {
    // Scenes do not depend on their number, so that a run may go on with more or fewer.
    const found = { ...JSON.parse(await readFile(path, 'utf8')), counts: settings.counts };
    if (JSON.stringify(found) === JSON.stringify(settings)) return;
    throw new InputError(
      `${partsFolder} is of a run with other settings (${differences(found, settings)}); delete it, or choose another --out`,
    );
  }
  const out = join(partsFolder, '..');
  if (existsSync(out) && (await readdir(out)).length > 0)
    throw new InputError(
      `--out ${out} has other files in it; choose an empty folder, or one that does not exist`,
    );
  await mkdir(partsFolder, { recursive: true });
  await writeBeside(path, JSON.stringify(settings));
}

function differences(found: Partial<Settings> | undefined, settings: Settings): string {
  return Object.entries(settings)
    .filter(([key, value]) => JSON.stringify(found?.[key as keyof Settings]) !== JSON.stringify(value))
    .map(
      ([key, value]) =>
        `${key}: ${JSON.stringify(found?.[key as keyof Settings])}, not ${JSON.stringify(value)}`,
    )
    .join('; ');
}

/** SHA-256 of the files of a finished data set; of a folder, that of its files' names and hashes. */
async function hashesOf(out: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const entry of (await readdir(out, { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (entry.name.startsWith('.') || entry.name === 'README.md') continue;
    const path = join(out, entry.name);
    const hash = createHash('sha256');
    if (entry.isDirectory())
      for (const file of (await readdir(path)).sort())
        hash.update(file).update(await readFile(join(path, file)));
    else for await (const chunk of createReadStream(path)) hash.update(chunk);
    hashes[entry.isDirectory() ? `${entry.name}/` : entry.name] = hash.digest('hex');
  }
  return hashes;
}
