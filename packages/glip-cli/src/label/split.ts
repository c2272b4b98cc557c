import { createHash } from 'node:crypto';

/** A part of a dataset. */
export type Part = 'train' | 'val';

/**
 * Assigns files to training or validation by a hash of the name, so that a file stays in its part when others are added.
 * With two or more files, neither part is empty.
 *
 * @param share  fraction for validation, 0 to 1
 * @param known  earlier assignments, which are kept
 */
export function splitFiles(
  files: readonly string[],
  share: number,
  known: ReadonlyMap<string, Part> = new Map(),
): Map<string, Part> {
  const least = share > 0 && files.length > 1 ? 1 : 0;
  const most = share < 1 && files.length > 1 ? files.length - 1 : files.length;
  const wanted = Math.min(Math.max(Math.round(share * files.length), least), most);
  const parts = new Map(files.flatMap((file) => (known.has(file) ? [[file, known.get(file) as Part]] : [])));
  let left = wanted - [...parts.values()].filter((part) => part === 'val').length;
  const rest = files.filter((file) => !parts.has(file));
  const ranked = rest.map((file) => ({ file, rank: hash(file) })).sort((a, b) => (a.rank < b.rank ? -1 : 1));
  for (const { file } of ranked) {
    parts.set(file, left > 0 ? 'val' : 'train');
    left -= 1;
  }
  return parts;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
