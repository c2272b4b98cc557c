import { isLabelLine } from '../read/captions-or-labels.ts';
import { LEFT_OUT, PICTURE } from '../read/file-tree.ts';
import { DatasetError, type FileAccess, withoutEnding } from '../read/files.ts';
import { isArchive } from '../read/tar.ts';
import { linesOf } from './lines.ts';

/** A part of a dataset of captions that is read by itself, also on another machine: plain JSON. */
export type CaptionShard =
  /** A tar archive of pictures, each with a text or a JSON file of the same name, as img2dataset writes them. */
  | { readonly kind: 'tar'; readonly file: string }
  /** Lines of a JSON Lines file: those that begin in the bytes `[begin, end)`; `line` is the number of the first, from 1. */
  | {
      readonly kind: 'lines';
      readonly file: string;
      readonly begin: number;
      readonly end: number;
      readonly line: number;
    }
  /** Pictures of a folder, with text files beside them. */
  | { readonly kind: 'pictures'; readonly folder: string; readonly names: readonly string[] };

/** Pictures or lines of a shard that is no archive. */
const SHARD_SIZE = 1000;
const MAX_DEPTH = 32;

/**
 * Shards of a folder of captions, in an order that depends only on the names: JSON Lines (`{"file_name", "text"}`) if
 * there are any; else tar archives, and pictures with text files beside them. Nothing is kept but the listing of one folder.
 *
 * @throws DatasetError for a folder without captions
 */
export async function* captionShards(files: FileAccess): AsyncGenerator<CaptionShard, void> {
  const { lists, others } = await placesOf(files);
  for (const file of lists) yield* shardsOfLines(files, file);
  if (lists.length > 0) return;
  for (const place of others) {
    if (isArchive(place)) yield { kind: 'tar', file: place };
    else yield* shardsOfFolder(files, place);
  }
}

interface Places {
  /** JSON Lines files. */
  readonly lists: readonly string[];
  /** Archives, and folders of pictures with texts. */
  readonly others: readonly string[];
}

async function placesOf(files: FileAccess): Promise<Places> {
  const lists: string[] = [];
  const others: string[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH) throw new DatasetError(`dataset: ${folder}: more than ${MAX_DEPTH} folders deep`);
    const names = await namesIn(files, folder);
    const at = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
    lists.push(...names.filter((name) => /\.(jsonl|ndjson)$/i.test(name)).map(at));
    const texts = new Set(names.filter((name) => /\.txt$/i.test(name)).map(withoutEnding));
    const first = names.find((name) => PICTURE.test(name) && texts.has(withoutEnding(name)));
    if (first !== undefined) {
      if (isLabelLine(await files.text(`${withoutEnding(at(first))}.txt`).catch(() => ''))) {
        throw new DatasetError(`dataset: ${at(first)}: the text beside it is a YOLO label, not a caption`);
      }
      others.push(folder);
    }
    others.push(...names.filter(isArchive).map(at));
    for (const name of names) if (name.endsWith('/')) await visit(at(name).slice(0, -1), depth + 1);
  };
  await visit('', 0);
  if (lists.length === 0 && others.length === 0) {
    throw new DatasetError(
      'dataset: the folder holds no captions: expected tar archives of pictures with texts, text files beside pictures, or JSON lines',
    );
  }
  return { lists, others };
}

async function namesIn(files: FileAccess, folder: string): Promise<string[]> {
  return (await files.list(folder)).filter((name) => !LEFT_OUT.test(name)).sort();
}

async function* shardsOfFolder(files: FileAccess, folder: string): AsyncGenerator<CaptionShard, void> {
  const pictures = (await namesIn(files, folder)).filter((name) => PICTURE.test(name));
  for (let from = 0; from < pictures.length; from += SHARD_SIZE) {
    yield { kind: 'pictures', folder, names: pictures.slice(from, from + SHARD_SIZE) };
  }
}

async function* shardsOfLines(files: FileAccess, file: string): AsyncGenerator<CaptionShard, void> {
  let [count, begin, line, end] = [0, 0, 1, 0];
  for await (const one of linesOf(files, file)) {
    if (count === SHARD_SIZE) {
      yield { kind: 'lines', file, begin, end, line };
      line += count;
      [count, begin] = [0, one.begin];
    }
    count += 1;
    end = one.end;
  }
  if (count > 0) yield { kind: 'lines', file, begin, end, line };
}
