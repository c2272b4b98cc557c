import { stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { escapePath, glob, isDynamicPattern } from 'tinyglobby';
import { STDIN } from '../image-file.ts';
import { InputError } from './input-error.ts';

/** File extensions to look for in folders; the last ones are unsupported, and listed so that they get an error message. */
const ENDINGS = ['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'avif', 'gif', 'tif', 'tiff'];
const NOT_READ = ['heic', 'heif', 'hif', 'bmp', 'jxl', 'jp2'];
const IN_FOLDERS = `**/*.{${[...ENDINGS, ...NOT_READ].join(',')}}`;

export interface PicturePaths {
  /** Distinct files in the order given; those of a pattern or folder in natural order. */
  readonly paths: readonly string[];
  /** True for one picture named directly, so that there is one result and no list. */
  readonly single: boolean;
}

/**
 * Resolves arguments to pictures. An existing name is that file or, for a folder, all pictures in it, whatever characters
 * it contains; only a name that does not exist is a pattern.
 *
 * @param outside  a folder to skip, such as the output folder
 * @throws InputError if there are none
 */
export async function picturePaths(
  given: readonly string[],
  command: string,
  outside?: string,
): Promise<PicturePaths> {
  if (given.length === 0) throw new InputError(`name at least one picture: glip ${command} IMAGE...`);
  if (given.filter((name) => name === STDIN).length > 1) {
    throw new InputError('- is standard input and holds one picture; give it once');
  }
  const lists = await Promise.all(given.map((name) => expand(name, outside)));
  const once = new Map(lists.flat().map((path) => [path === STDIN ? path : resolve(path), path]));
  const single = given.length === 1 && lists[0].length === 1 && lists[0][0] === given[0];
  return { paths: [...once.values()], single };
}

async function expand(name: string, outside: string | undefined): Promise<readonly string[]> {
  if (name === STDIN) return [name];
  const kind = await kindOf(name);
  if (kind === 'folder') return inFolder(name, outside);
  if (kind === 'file') return [name];
  if (/^https?:\/\//i.test(name)) {
    throw new InputError(`${name}: pictures are read from files; pipe it: curl -s URL | glip detect - ...`);
  }
  const { folder, rest } = await existingPart(name);
  if (!isDynamicPattern(rest)) return [name]; // refused when read
  const found = await glob(rest, { cwd: folder || '.', expandDirectories: false });
  if (found.length > 0) return sorted(found.map((path) => joined(folder, path)));
  const anyCase = await glob(rest, {
    cwd: folder || '.',
    expandDirectories: false,
    caseSensitiveMatch: false,
  });
  const hint = anyCase.length > 0 ? `; did you mean ${joined(folder, anyCase[0])}` : '';
  throw new InputError(`${name}: no file matches this pattern${hint}`);
}

async function inFolder(folder: string, outside: string | undefined): Promise<readonly string[]> {
  const found = await glob(IN_FOLDERS, { cwd: folder, expandDirectories: false, caseSensitiveMatch: false });
  const out = outside === undefined ? undefined : resolve(outside) + sep;
  const paths = found
    .map((path) => join(folder, path))
    .filter((path) => out === undefined || resolve(folder) + sep === out || !resolve(path).startsWith(out));
  if (paths.length === 0) throw new InputError(`${folder}: no picture in this folder`);
  return sorted(paths);
}

/** Leading folders of a pattern that exist literally, and the rest of the pattern. */
async function existingPart(pattern: string): Promise<{ readonly folder: string; readonly rest: string }> {
  const parts = (sep === '\\' ? pattern.replaceAll('\\', '/') : pattern).split('/');
  let taken = 0;
  while (
    taken < parts.length - 1 &&
    (await kindOf(parts.slice(0, taken + 1).join('/') || '/')) === 'folder'
  ) {
    taken += 1;
  }
  const folder = parts.slice(0, taken).join('/');
  const rest = parts.slice(taken).map(asPattern).join('/');
  return { folder: taken > 0 && folder === '' ? '/' : folder, rest };
}

/** Treats parentheses as literal outside extended patterns, `@(a|b)`, and a leading exclamation mark too. */
function asPattern(part: string): string {
  if (!isDynamicPattern(part)) return escapePath(part);
  const extended = /[@?*+!]\([^()]*\)/.test(part);
  const letters = extended ? part : part.replace(/[()]/g, '\\$&');
  return letters.startsWith('!') && !letters.startsWith('!(') ? `\\${letters}` : letters;
}

function joined(folder: string, path: string): string {
  if (folder === '') return path;
  return folder.endsWith('/') ? `${folder}${path}` : `${folder}/${path}`;
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}

const { compare } = new Intl.Collator('en', { numeric: true });

/** `2.jpg` before `10.jpg`, folder by folder. */
function sorted(paths: readonly string[]): string[] {
  return [...paths].sort((a, b) => compare(a, b) || (a < b ? -1 : 1));
}

/** Paths relative to the common folder, with forward slashes: names in the output. */
export function pathsInside(paths: readonly string[]): string[] {
  const whole = paths.map((path) => resolve(path === STDIN ? 'stdin' : path).split(sep));
  const [first] = whole;
  let common = 0;
  while (
    whole.length > 0 &&
    whole.every((parts) => parts.length > common + 1 && parts[common] === first[common])
  )
    common += 1;
  return whole.map((parts) => parts.slice(common).join('/'));
}
