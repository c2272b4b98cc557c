import type { AnnotatedImage } from '../types.ts';
import { DatasetError, withoutEnding } from './files.ts';

/** Splits by the names of folders on the images' paths: `train`, `val`, `test`; images without one are `all`. */
export { byFolder as splitByFolder } from './source.ts';

/**
 * Splits by lists of pictures, one a line: paths in the dataset or their ends, with or without ending.
 *
 * @param lists  text of each split's list
 * @throws DatasetError for a line that no picture answers to, with its number
 */
export function splitByList(
  images: readonly AnnotatedImage[],
  lists: Readonly<Record<string, string>>,
): Map<string, AnnotatedImage[]> {
  const byName = new Map<string, AnnotatedImage[]>();
  for (const image of images) {
    for (const whole of [image.path, withoutEnding(image.path)]) {
      for (let name = whole; ; name = name.slice(name.indexOf('/') + 1)) {
        const same = byName.get(name);
        if (same) same.push(image);
        else byName.set(name, [image]);
        if (!name.includes('/')) break;
      }
    }
  }
  const splits = new Map<string, AnnotatedImage[]>();
  for (const [split, text] of Object.entries(lists)) {
    const listed = text.split('\n').flatMap((line, i) => {
      const name = line.trim().replace(/^\.\//, '');
      if (name === '') return [];
      const found = byName.get(name) ?? [];
      const paths = new Set(found.map(({ path }) => path));
      if (paths.size === 1) return found;
      const reason =
        paths.size === 0 ? 'no picture has this name' : `${[...paths].join(' and ')} have this name`;
      throw new DatasetError(`split ${split}, line ${i + 1}: ${JSON.stringify(name)}: ${reason}`);
    });
    splits.set(split, listed);
  }
  return splits;
}

/**
 * Splits by fractions, in an order that depends only on the paths and the seed. Images of one picture stay together.
 *
 * @param fractions  positive, of sum 1
 * @throws DatasetError for fractions of another sum
 */
export function splitByFraction(
  images: readonly AnnotatedImage[],
  fractions: Readonly<Record<string, number>>,
  seed = 0,
): Map<string, AnnotatedImage[]> {
  const entries = Object.entries(fractions);
  const sum = entries.reduce((total, [, part]) => total + part, 0);
  if (!entries.every(([, part]) => part > 0) || Math.abs(sum - 1) > 1e-6) {
    throw new DatasetError(
      `split: fractions ${JSON.stringify(fractions)}, expected positive numbers of sum 1`,
    );
  }
  const keys = [...new Set(images.map(({ path }) => path))].map((path) => ({ path, key: hash(path, seed) }));
  keys.sort((a, b) => a.key - b.key || (a.path < b.path ? -1 : 1));
  const owner = new Map<string, string>();
  let [start, reached] = [0, 0];
  for (const [split, part] of entries) {
    reached += part;
    const end = Math.round((reached / sum) * keys.length);
    for (const { path } of keys.slice(start, end)) owner.set(path, split);
    start = end;
  }
  return new Map(entries.map(([split]) => [split, images.filter(({ path }) => owner.get(path) === split)]));
}

/** FNV-1a of the text's UTF-16 units, mixed as murmur3 ends. */
function hash(text: string, seed: number): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
