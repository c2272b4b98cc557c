import { stat } from 'node:fs/promises';
import { join, parse, resolve } from 'node:path';
import { InputError } from '../inputs/input-error.ts';
import { pathsInside } from '../inputs/picture-paths.ts';
import { checkDrawing } from './draw.ts';
import { prepareFile, prepareFolder } from './whole-file.ts';

/**
 * Output files for drawings, one per picture, in the folder structure of the pictures so that no two collide.
 *
 * @param single  true if `out` is the file itself, not a folder for several
 * @throws InputError for files that could not be written, before any picture is processed
 */
export async function drawingTargets(
  out: string,
  paths: readonly string[],
  { single, withHeat }: { readonly single: boolean; readonly withHeat: boolean },
): Promise<string[]> {
  if (single) {
    const there = await stat(out).catch(() => undefined);
    if (there?.isDirectory()) {
      const name = `${parse(pathsInside(paths)[0]).name}.png`;
      throw new InputError(`--out ${out}: it is a folder; for one picture name the file: ${join(out, name)}`);
    }
  }
  const targets = single ? [out] : outlines(pathsInside(paths)).map((name) => join(out, `${name}.png`));
  for (const target of targets) checkDrawing(target, withHeat);
  refuseInputs(targets, paths);
  if (single) await prepareFile(out);
  else await prepareFolder(out);
  return targets;
}

/** Folders for the crops of each picture. @throws InputError for a folder that cannot be written */
export async function cropFolders(folder: string, paths: readonly string[]): Promise<string[]> {
  await prepareFolder(folder);
  return outlines(pathsInside(paths)).map((name) => join(folder, name));
}

/** Names without extensions, except where two would collide: `a` for a.jpg alone, `a.jpg` and `a.png` for both. */
function outlines(names: readonly string[]): string[] {
  const stem = (name: string): string => {
    const { dir, name: base } = parse(name);
    return dir === '' ? base : `${dir}/${base}`;
  };
  const counts = new Map<string, number>();
  const key = (name: string): string => stem(name).toLowerCase(); // macOS and Windows do not tell A.png from a.png
  for (const name of names) counts.set(key(name), (counts.get(key(name)) ?? 0) + 1);
  const chosen = names.map((name) => ((counts.get(key(name)) ?? 0) > 1 ? name : stem(name)));
  for (const [i, name] of chosen.entries()) {
    const first = chosen.indexOf(name);
    if (first !== i) {
      throw new InputError(`${names[first]} and ${names[i]} would both be written as ${name}; rename one`);
    }
  }
  return chosen;
}

function refuseInputs(targets: readonly string[], paths: readonly string[]): void {
  const inputs = new Set(paths.map((path) => resolve(path)));
  const own = targets.find((target) => inputs.has(resolve(target)));
  if (own !== undefined) {
    throw new InputError(`--out ${own}: this would overwrite an input picture; choose another name`);
  }
}
