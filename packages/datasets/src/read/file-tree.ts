import { DatasetError, type FileAccess, folderOf, withoutEnding } from './files.ts';
import type { UnpackedFiles } from './tar.ts';

/** Names of pictures. */
export const PICTURE = /\.(jpe?g|png|webp|gif|bmp)$/i;
const MAX_DEPTH = 32;
/** Names of a folder that are left out: hidden files, and what tools leave behind. */
export const LEFT_OUT = /^(\.|__MACOSX\/|node_modules\/)/;

/** Every file of a dataset, listed once: existence is then known without asking the disk. */
export class FileTree {
  readonly files: FileAccess;
  readonly paths: readonly string[];
  readonly #all: ReadonlySet<string>;
  readonly #pictures: ReadonlyMap<string, string>;
  readonly #memberNamed: UnpackedFiles['memberNamed'];

  constructor({ files, paths, memberNamed }: UnpackedFiles) {
    this.files = files;
    this.#memberNamed = memberNamed;
    this.paths = [...paths].sort();
    this.#all = new Set(this.paths);
    this.#pictures = new Map(this.pictures().map((path) => [withoutEnding(path), path]));
  }

  has(path: string | undefined): path is string {
    return path !== undefined && this.#all.has(path);
  }

  /** The file of this path, or the member of an archive that is named after it, `shard.tar/picture.jpg`. */
  find(path: string | undefined): string | undefined {
    if (path === undefined || this.#all.has(path)) return path;
    return this.#memberNamed(path);
  }

  /** Paths with the ending, sorted. */
  ending(ending: string): string[] {
    return this.paths.filter((path) => path.toLowerCase().endsWith(ending));
  }

  /** Pictures inside of a folder, at any depth, sorted. */
  pictures(folder = ''): string[] {
    const start = folder === '' ? '' : `${folder}/`;
    return this.paths.filter((path) => path.startsWith(start) && PICTURE.test(path));
  }

  /** The picture of this name, whatever its ending. @param path  without an ending */
  pictureNamed(path: string): string | undefined {
    return this.#pictures.get(path);
  }

  /** Folders that hold pictures, with those above them. */
  pictureFolders(): string[] {
    const folders = new Set<string>();
    for (const path of this.pictures()) {
      for (let folder = folderOf(path); !folders.has(folder); folder = folderOf(folder)) folders.add(folder);
    }
    return [...folders].sort();
  }
}

/** Lists a dataset's files. Hidden files are left out. @throws DatasetError for folders nested too deeply */
export async function listFiles(files: FileAccess): Promise<string[]> {
  const paths: string[] = [];
  let folders = [''];
  for (let depth = 0; folders.length > 0; depth++) {
    if (depth > MAX_DEPTH)
      throw new DatasetError(`dataset: ${folders[0]}: more than ${MAX_DEPTH} folders deep`);
    const next: string[] = [];
    for (const folder of folders) {
      for (const name of await files.list(folder)) {
        if (LEFT_OUT.test(name)) continue;
        const path = folder === '' ? name : `${folder}/${name}`;
        if (name.endsWith('/')) next.push(path.slice(0, -1));
        else paths.push(path);
      }
    }
    folders = next;
  }
  return paths;
}
