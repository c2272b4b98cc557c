import { DatasetError, type FileAccess, folderOf, joinPath } from './files.ts';

interface Member {
  readonly archive: string;
  readonly start: number;
  readonly end: number;
}

const BLOCK = 512;
const WINDOW = 1 << 20;

/**
 * Files with the members of their tar archives, which appear beside the archives. Members are read by ranges.
 *
 * @param paths  all paths of `files`
 * @throws DatasetError for an archive that is damaged
 */
export async function withArchives(
  files: FileAccess,
  paths: readonly string[],
): Promise<{ files: FileAccess; paths: readonly string[] }> {
  const members = new Map<string, Member>();
  for (const archive of paths.filter((path) => /\.tar$/i.test(path))) {
    for (const [path, member] of await membersOf(files, archive)) members.set(path, member);
  }
  if (members.size === 0) return { files, paths };
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

async function membersOf(files: FileAccess, archive: string): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
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
    if (header.length === 0 || header.every((byte) => byte === 0)) return members;
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
    const [prefix, name] = [text(header, 345, 155), text(header, 0, 100)];
    const path = joinPath(folderOf(archive), longName ?? (prefix === '' ? name : `${prefix}/${name}`));
    longName = undefined;
    if ((type === '0' || type === '\0') && path) members.set(path, { archive, start, end: start + size });
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
