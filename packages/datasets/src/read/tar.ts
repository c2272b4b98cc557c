import { DatasetError, type FileAccess, folderOf, joinPath } from './files.ts';

/** A file in a tar archive. */
export interface TarMember {
  /** Path inside of the archive, with forward slashes. */
  readonly name: string;
  /** Its bytes in the archive, `[start, end)`. */
  readonly start: number;
  readonly end: number;
}

/** A file in an archive. */
export interface ArchiveMember extends TarMember {
  /** Path of the archive. */
  readonly archive: string;
}

/** Files with the members of their archives. */
export interface UnpackedFiles {
  readonly files: FileAccess;
  readonly paths: readonly string[];
  /** Path of the member that is named after its archive, `shard.tar/picture.jpg`; undefined if there is none. */
  readonly memberNamed: (path: string) => string | undefined;
  /** Place of a path that is a member; undefined for files of their own. */
  readonly memberAt: (path: string) => ArchiveMember | undefined;
}

const BLOCK = 512;
const WINDOW = 1 << 20;

/**
 * Files with the members of their tar archives, which appear beside the archives; where another archive has a member of the
 * same path, below their own archive, as `shard.tar/picture.jpg`. Members are read by ranges.
 *
 * @param paths  all paths of `files`
 * @throws DatasetError for an archive that is damaged
 */
export async function withArchives(files: FileAccess, paths: readonly string[]): Promise<UnpackedFiles> {
  const members = new Map<string, ArchiveMember>();
  for (const archive of paths.filter((path) => isArchive(path))) {
    for await (const member of tarMembers(files, archive)) {
      const beside = joinPath(folderOf(archive), member.name);
      if (!beside) continue;
      const other = members.get(beside);
      const path = other && other.archive !== archive ? `${archive}/${member.name}` : beside;
      members.set(path, { ...member, archive });
    }
  }
  const memberNamed = (path: string): string | undefined => {
    const [, archive, name] = /^(.*?\.tar)\/(.+)$/i.exec(path) ?? [];
    if (archive === undefined) return undefined;
    const places = [path, joinPath(folderOf(archive), name)];
    return places.find((place) => place !== undefined && members.get(place)?.archive === archive);
  };
  const memberAt = (path: string): ArchiveMember | undefined => members.get(path);
  if (members.size === 0) return { files, paths, memberNamed, memberAt };
  const bytes: FileAccess['bytes'] = async (path, start = 0, end = Number.POSITIVE_INFINITY) => {
    const member = members.get(path);
    if (!member) return files.bytes(path, start, end);
    const size = member.end - member.start;
    const edge = (value: number): number => Math.min(Math.max(value < 0 ? size + value : value, 0), size);
    return files.bytes(
      member.archive,
      member.start + edge(start),
      member.start + Math.max(edge(end), edge(start)),
    );
  };
  const all = [...new Set([...paths, ...members.keys()])];
  return {
    paths: all,
    memberNamed,
    memberAt,
    files: {
      async list(folder) {
        const start = folder === '' ? '' : `${folder}/`;
        const inside = [...members.keys()].filter((path) => path.startsWith(start));
        const names = inside.map((path) => path.slice(start.length).replace(/\/.*/s, '/'));
        const own = inside.length > 0 ? await files.list(folder).catch(() => []) : await files.list(folder);
        return [...new Set([...own, ...names])];
      },
      text: async (path) =>
        members.has(path) ? new TextDecoder().decode(await bytes(path)) : files.text(path),
      bytes,
    },
  };
}

/** True for the path of a tar archive. */
export function isArchive(path: string): boolean {
  return /\.tar$/i.test(path);
}

/**
 * Files of an archive in its order, found by their headers.
 *
 * @throws DatasetError where the archive is damaged, after the members before
 */
export async function* tarMembers(files: FileAccess, archive: string): AsyncGenerator<TarMember, void> {
  let window = new Uint8Array();
  let windowStart = 0;
  const read = async (start: number, length: number): Promise<Uint8Array> => {
    if (start < windowStart || start + length > windowStart + window.length) {
      window = new Uint8Array(await files.bytes(archive, start, start + Math.max(WINDOW, length)));
      windowStart = start;
    }
    return window.subarray(start - windowStart, start - windowStart + length);
  };
  let longName: string | undefined;
  for (let at = 0; ; ) {
    const header = await read(at, BLOCK);
    if (header.length === 0 || header.every((byte) => byte === 0)) return;
    if (header.length < BLOCK || !hasChecksum(header))
      throw new DatasetError(`dataset: ${archive} is damaged at byte ${at}`);
    const size = octal(header, 124, 12);
    const [start, type] = [at + BLOCK, String.fromCharCode(header[156])];
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'L' || type === 'x') {
      if (size > WINDOW) throw new DatasetError(`dataset: ${archive} has a name of ${size} bytes`);
      const data = new TextDecoder().decode(await read(start, size));
      longName = type === 'L' ? data.replace(/\0.*/s, '') : (/^\d+ path=(.*)$/m.exec(data)?.[1] ?? longName);
      continue;
    }
    const [prefix, last] = [text(header, 345, 155), text(header, 0, 100)];
    const name = (longName ?? (prefix === '' ? last : `${prefix}/${last}`)).replace(/^(\.\/+)+/, '');
    longName = undefined;
    if ((type === '0' || type === '\0') && name !== '') yield { name, start, end: start + size };
  }
}

function text(header: Uint8Array, at: number, length: number): string {
  return new TextDecoder().decode(header.subarray(at, at + length)).replace(/\0.*/s, '');
}

function octal(header: Uint8Array, at: number, length: number): number {
  return Number.parseInt(text(header, at, length).trim() || '0', 8);
}

/** True if the header's checksum is right; its own field counts as blanks. */
function hasChecksum(header: Uint8Array): boolean {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  return sum === octal(header, 148, 8) && octal(header, 124, 12) >= 0;
}
