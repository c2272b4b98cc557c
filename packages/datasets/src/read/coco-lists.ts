import type { Faults } from './faults.ts';
import type { FileAccess } from './files.ts';
import { isRecord, parseJson } from './json.ts';
import { JsonLists } from './json-lists.ts';

/** COCO's lists in a file. */
export interface CocoLists {
  readonly categories: readonly unknown[];
  readonly images: readonly unknown[];
  /**
   * The list of annotations in parts, in its order.
   *
   * @throws SyntaxFault within a part that is not JSON
   */
  annotations(): Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>;
}

/** Sizes in bytes. */
export interface ReadSizes {
  /** Of the largest file that is read in one piece. */
  readonly whole: number;
  /** Of the pieces of larger files. */
  readonly piece: number;
}

/** Strings have at most 2 ** 29 characters in V8, and parsing one takes several times its size. */
const SIZES: ReadSizes = { whole: 2 ** 28, piece: 2 ** 22 };

/**
 * Opens a JSON file as COCO's lists. Of a large file, images and categories are read, and annotations as they are asked for: memory
 * does not grow with its size.
 *
 * @returns undefined for other JSON, and for files that cannot be read, which are a fault
 * @throws SyntaxFault for a file that is not JSON
 */
export async function openCocoLists(
  files: FileAccess,
  path: string,
  faults: Faults,
  { whole, piece }: ReadSizes = SIZES,
): Promise<CocoLists | undefined> {
  return faults.reading(path, async () => {
    const isLarge = (await files.bytes(path, whole, whole + 1)).length > 0;
    return isLarge ? openLarge(files, path, piece) : parsed(await files.text(path));
  });
}

function parsed(text: string): CocoLists | undefined {
  const content = parseJson(text);
  if (!isRecord(content)) return undefined;
  const { categories, images, annotations } = content;
  if (!Array.isArray(categories) || !Array.isArray(images) || !Array.isArray(annotations)) return undefined;
  return { categories, images, annotations: () => [annotations] };
}

async function openLarge(files: FileAccess, path: string, piece: number): Promise<CocoLists | undefined> {
  const [categories, images]: unknown[][] = [[], []];
  const file = new JsonLists(['categories', 'images'], (list, entry) => {
    if (list === 'categories') categories.push(entry);
    else images.push(ownFields(entry));
  });
  for await (const bytes of piecesOf(files, path, piece)) {
    if (!file.push(bytes)) return undefined;
  }
  file.end();
  if (!['categories', 'images', 'annotations'].every((list) => file.lists.has(list))) return undefined;
  return { categories, images, annotations: () => annotationsOf(files, path, piece) };
}

async function* annotationsOf(
  files: FileAccess,
  path: string,
  piece: number,
): AsyncGenerator<readonly unknown[]> {
  let entries: unknown[] = [];
  const file = new JsonLists(['annotations'], (_, entry) => entries.push(entry));
  for await (const bytes of piecesOf(files, path, piece)) {
    file.push(bytes);
    yield entries;
    entries = [];
  }
  file.end();
}

async function* piecesOf(files: FileAccess, path: string, piece: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; ; start += piece) {
    const bytes = await files.bytes(path, start, start + piece);
    if (bytes.length > 0) yield bytes;
    if (bytes.length < piece) return;
  }
}

/** An image without the fields of which nothing is used. */
function ownFields(entry: unknown): unknown {
  if (!isRecord(entry) || entry['id'] === undefined) return entry;
  const { id, file_name, width, height, caption } = entry;
  return { id, file_name, width, height, caption };
}
