import type { AnnotatedImage, Place } from '../types.ts';
import { type Faults, hasWords, quoted } from './faults.ts';
import type { FileTree } from './file-tree.ts';
import { folderOf, joinPath, withoutEnding } from './files.ts';
import { isRecord, parseJson } from './json.ts';
import { type PictureSize, pictureSize } from './picture-header.ts';
import { byFolder, type Contents, inParallel } from './source.ts';
import { SyntaxFault } from './xml.ts';

interface Captioned {
  readonly path: string;
  readonly caption: string;
  readonly place: Place;
}

/**
 * Pictures with captions: a text file beside each picture, or JSON lines `{"file_name": "a.jpg", "text": "a dog"}`
 * (`caption` is read, too). Splits are folders called `train`, `val` or `test`.
 */
export async function readImageCaptions(tree: FileTree, faults: Faults): Promise<Contents> {
  const lists = captionLists(tree);
  const found = lists.length > 0 ? await fromLines(lists, tree, faults) : await fromTexts(tree, faults);
  const sizes = new Map<string, Promise<PictureSize | string>>();
  const images = await inParallel(
    found,
    async ({ path, caption, place }): Promise<AnnotatedImage | undefined> => {
      if (!hasWords(caption)) {
        return faults.leftOut('caption-without-words', place, `the caption ${quoted(caption)} has no words`);
      }
      const pending = sizes.get(path) ?? pictureSize(tree.files, path).catch((error: Error) => error.message);
      sizes.set(path, pending);
      const size = await pending;
      if (typeof size === 'string') return faults.leftOut('unreadable-picture', place, `${path} ${size}`);
      return { path, ...size, caption, annotations: [], place };
    },
  );
  return { categories: [], splits: byFolder(images.filter((image) => image !== undefined)) };
}

/** JSON lines that may list captions. */
export function captionLists(tree: FileTree): string[] {
  return [...tree.ending('.jsonl'), ...tree.ending('.ndjson')];
}

/** Text files that lie beside a picture of the same name. */
export function captionTexts(tree: FileTree): string[] {
  return tree.ending('.txt').filter((path) => tree.pictureNamed(withoutEnding(path)) !== undefined);
}

async function fromTexts(tree: FileTree, faults: Faults): Promise<Captioned[]> {
  const texts = new Map(captionTexts(tree).map((path) => [withoutEnding(path), path]));
  const found = await inParallel(tree.pictures(), async (path): Promise<Captioned | undefined> => {
    const file = texts.get(withoutEnding(path));
    if (file === undefined)
      return faults.leftOut('caption-without-words', { file: path }, 'the picture has no text file');
    const text = await faults.text(tree.files, file);
    return text === undefined ? undefined : { path, caption: text.trim(), place: { file, line: 1 } };
  });
  return found.filter((one) => one !== undefined);
}

async function fromLines(lists: readonly string[], tree: FileTree, faults: Faults): Promise<Captioned[]> {
  const found: Captioned[] = [];
  for (const file of lists) {
    for (const [i, line] of (await tree.files.text(file)).split('\n').entries()) {
      if (line.trim() === '') continue;
      const place = { file, line: i + 1 };
      const entry = lineOf(line, place, faults);
      if (entry) {
        const path = tree.find(joinPath(folderOf(file), entry.name));
        if (path !== undefined) found.push({ path, caption: entry.caption, place });
        else faults.leftOut('missing-picture', place, `${entry.name} is missing`);
      }
    }
  }
  return found;
}

/** The picture and the caption of a JSON line; undefined, and a fault, if it has none. */
export function lineOf(
  line: string,
  place: Place,
  faults: Faults,
): { name: string; caption: string } | undefined {
  let entry: unknown;
  try {
    entry = parseJson(line);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return faults.leftOut('bad-entry', place, error.message);
  }
  const record = isRecord(entry) ? entry : {};
  const [name, caption] = [record['file_name'], record['text'] ?? record['caption']];
  if (typeof name === 'string' && typeof caption === 'string') return { name, caption: caption.trim() };
  return faults.leftOut('bad-entry', place, `expected "file_name" and "text", found ${quoted(entry)}`);
}
