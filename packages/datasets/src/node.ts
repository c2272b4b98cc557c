import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatasetError, type FileAccess, joinPath } from './read/files.ts';

/**
 * A folder on disk, for `openDataset`. Links are followed.
 *
 * @param folder  path, or URL `file:`
 */
export function nodeFiles(folder: string | { readonly href: string }): FileAccess {
  const root = typeof folder === 'string' ? folder : fileURLToPath(folder.href);
  const at = (path: string): string => {
    const inside = joinPath('', path);
    if (inside === undefined) throw new DatasetError(`dataset: ${path} is not a path inside of ${root}`);
    return `${root}/${inside}`;
  };
  return {
    async list(path) {
      const entries = await readdir(at(path), { withFileTypes: true });
      return Promise.all(
        entries.map(async (entry) => {
          // Other links count as files: reading one then says what is wrong.
          const linked = entry.isSymbolicLink() && (await linksFolder(at(path), entry.name));
          return entry.isDirectory() || linked ? `${entry.name}/` : entry.name;
        }),
      );
    },
    text: (path) => textOf(at(path), path),
    async bytes(path, start = 0, end = Number.POSITIVE_INFINITY) {
      const handle = await open(at(path));
      try {
        const { size } = await handle.stat();
        const edge = (value: number): number => Math.min(Math.max(value < 0 ? size + value : value, 0), size);
        const bytes = new Uint8Array(Math.max(edge(end) - edge(start), 0));
        let filled = 0;
        while (filled < bytes.length) {
          const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, edge(start) + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return bytes.subarray(0, filled);
      } finally {
        await handle.close();
      }
    },
  };
}

/** @throws DatasetError for a file of more characters than a string can have */
async function textOf(file: string, path: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause; // that of a string's length, or of a file above 2 GiB
    const size = Math.round((await stat(file)).size / 1e6);
    const advice = 'divide its entries among several files';
    throw new DatasetError(
      `dataset: ${path}: ${size} MB are more than one text can hold, about 512 MB: ${advice}`,
      { cause },
    );
  }
}

/** True if a link leads to a folder other than one that contains the link, which would recurse without end. */
async function linksFolder(folder: string, name: string): Promise<boolean> {
  try {
    const [target, here] = await Promise.all([realpath(`${folder}/${name}`), realpath(folder)]);
    return (await stat(target)).isDirectory() && !`${here}${sep}`.startsWith(`${target}${sep}`);
  } catch {
    return false;
  }
}
