import type { AnnotatedImage, Category } from '../types.ts';

/** Contents of a dataset as its reader found them. */
export interface Contents {
  readonly categories: readonly Category[];
  readonly splits: ReadonlyMap<string, readonly AnnotatedImage[]>;
}

const SPLIT = /^(train|val|valid|validation|test|dev|trainval|minival)(?:\d{4})?$/i;

/** The split that a folder or a file's words name: `train`, `val`, `test` and the like; a year is left out. */
export function splitNamed(words: readonly string[]): string | undefined {
  const found = words.map((word) => SPLIT.exec(word)?.[1].toLowerCase()).find((name) => name !== undefined);
  return found === 'valid' || found === 'validation' ? 'val' : found;
}

/** Images by the split that a folder of their path names; those without one are `all`. */
export function byFolder(images: readonly AnnotatedImage[]): Map<string, AnnotatedImage[]> {
  const splits = new Map<string, AnnotatedImage[]>();
  for (const image of images) {
    const name = splitNamed(image.path.split('/').slice(0, -1)) ?? 'all';
    const split = splits.get(name);
    if (split) split.push(image);
    else splits.set(name, [image]);
  }
  return splits;
}

/** Runs `work` for every item, at most `width` at a time; results in the items' order. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  width = 16,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
