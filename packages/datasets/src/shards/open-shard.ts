import { Faults, hasWords, quoted } from '../read/faults.ts';
import { PICTURE } from '../read/file-tree.ts';
import { DatasetError, type FileAccess, folderOf, joinPath, withoutEnding } from '../read/files.ts';
import { lineOf } from '../read/image-captions.ts';
import { isRecord, parseJson } from '../read/json.ts';
import { type TarMember, tarMembers } from '../read/tar.ts';
import type { Fault, Place } from '../types.ts';
import type { CaptionShard } from './caption-shards.ts';
import { linesOf } from './lines.ts';

/** A picture with its caption, before either is looked at. */
export interface CaptionedPicture {
  /** Path of the picture in the dataset; in an archive below the archive's path, as `shard.tar/picture.jpg`. */
  readonly path: string;
  readonly caption: string;
  readonly place: Place;
  /** The encoded picture. */
  bytes(): Promise<Uint8Array>;
}

/** A shard whose entries are known. */
export interface OpenShard {
  /** Number of its pairs of picture and caption, faulty ones included. */
  readonly length: number;
  /** A pair by its number, counted from 0, or why it cannot be used. */
  at(index: number): Promise<CaptionedPicture | Fault>;
}

/**
 * Reads a shard's index; pictures and texts are read with their pairs. A damaged archive gives what lies before the damage,
 * and a fault as its last pair.
 *
 * @throws DatasetError for a file that cannot be read
 */
export async function openCaptionShard(files: FileAccess, shard: CaptionShard): Promise<OpenShard> {
  switch (shard.kind) {
    case 'tar':
      return openArchive(files, shard.file);
    case 'lines':
      return openLines(files, shard);
    case 'pictures':
      return {
        length: shard.names.length,
        at: (i) => besideText(files, joinPath(shard.folder, shard.names[i]) ?? ''),
      };
  }
}

/** The fault, as the reader of datasets lists it. */
function faultOf(kind: Fault['kind'], place: Place, message: string): Fault {
  return { ...place, kind, message, effect: 'left out' };
}

function captioned(
  path: string,
  caption: string,
  place: Place,
  bytes: () => Promise<Uint8Array>,
): CaptionedPicture | Fault {
  if (hasWords(caption)) return { path, caption, place, bytes };
  return faultOf('caption-without-words', place, `the caption ${quoted(caption)} has no words`);
}

async function besideText(files: FileAccess, path: string): Promise<CaptionedPicture | Fault> {
  const file = `${withoutEnding(path)}.txt`;
  try {
    const caption = (await files.text(file)).trim();
    return captioned(path, caption, { file, line: 1 }, () => files.bytes(path));
  } catch {
    return faultOf('caption-without-words', { file: path }, 'the picture has no text file');
  }
}

async function openLines(
  files: FileAccess,
  { file, begin, end, line: first }: Extract<CaptionShard, { kind: 'lines' }>,
): Promise<OpenShard> {
  const pairs: (CaptionedPicture | Fault)[] = [];
  let line = first;
  for await (const { text } of linesOf(files, file, { begin, end })) {
    const place = { file, line: line++ };
    if (text.trim() === '') continue;
    const faults = new Faults();
    const entry = lineOf(text, place, faults);
    const path = entry && joinPath(folderOf(file), entry.name);
    if (!entry) pairs.push(...faults.list);
    else if (path === undefined)
      pairs.push(faultOf('bad-entry', place, `${entry.name} is not a path inside of the dataset`));
    else pairs.push(captioned(path, entry.caption, place, () => files.bytes(path)));
  }
  return { length: pairs.length, at: async (i) => pairs[i] };
}

interface ArchivedPair {
  picture?: TarMember;
  text?: TarMember;
  json?: TarMember;
}

async function openArchive(files: FileAccess, file: string): Promise<OpenShard> {
  const byName = new Map<string, ArchivedPair>();
  let damage: Fault | undefined;
  try {
    for await (const member of tarMembers(files, file)) {
      const kind = kindOf(member.name);
      if (kind === undefined || joinPath('', member.name) !== member.name) continue;
      const stem = withoutEnding(member.name);
      const pair = byName.get(stem) ?? {};
      pair[kind] = member;
      byName.set(stem, pair);
    }
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    damage = faultOf('bad-file', { file }, error.message);
  }
  const pairs = [...byName.values()].filter(({ picture, text }) => picture ?? text);
  const read = ({ start, end }: TarMember): Promise<Uint8Array> => files.bytes(file, start, end);
  const length = pairs.length + (damage ? 1 : 0);
  return {
    length,
    at: async (i) => (i < pairs.length ? archivedPair(file, pairs[i], read) : (damage as Fault)),
  };
}

function kindOf(name: string): keyof ArchivedPair | undefined {
  if (PICTURE.test(name)) return 'picture';
  if (/\.txt$/i.test(name)) return 'text';
  return /\.json$/i.test(name) ? 'json' : undefined;
}

async function archivedPair(
  archive: string,
  { picture, text, json }: ArchivedPair,
  read: (member: TarMember) => Promise<Uint8Array>,
): Promise<CaptionedPicture | Fault> {
  const pathOf = ({ name }: TarMember): string => `${archive}/${name}`;
  if (!picture) {
    const file = pathOf(text as TarMember);
    return faultOf('missing-picture', { file }, 'the text has no picture of its name');
  }
  const path = pathOf(picture);
  const source = text ?? json;
  if (!source) return faultOf('caption-without-words', { file: path }, 'the picture has no text file');
  const content = new TextDecoder().decode(await read(source));
  const place = { file: pathOf(source), line: 1 };
  const caption = text ? content.trim() : captionOf(content);
  if (caption === undefined) return faultOf('bad-entry', place, 'expected a "caption" or a "text"');
  return captioned(path, caption, place, () => read(picture));
}

/** The caption of a picture's JSON file. */
function captionOf(content: string): string | undefined {
  try {
    const record = parseJson(content);
    const caption = isRecord(record) ? (record['caption'] ?? record['text']) : undefined;
    return typeof caption === 'string' ? caption.trim() : undefined;
  } catch {
    return undefined;
  }
}
