/** Read access to a folder of files; paths are relative to it, with forward slashes. */
export interface FileAccess {
  /** Entries of a folder, in any order; `''` is the folder itself. Names of folders end with a slash. */
  list(path: string): Promise<readonly string[]>;
  /** A whole file as UTF-8. */
  text(path: string): Promise<string>;
  /** Bytes of a file from `start` to before `end`, both as `Blob.slice` takes them: fewer where the file ends. */
  bytes(path: string, start?: number, end?: number): Promise<Uint8Array>;
}

/** A dataset that cannot be read at all, or a choice that it does not offer. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
}

/** Files in memory, by path: texts or bytes. */
export function memoryFiles(files: Readonly<Record<string, string | Uint8Array>>): FileAccess {
  const all = new Map(Object.entries(files));
  const file = (path: string): string | Uint8Array => {
    const found = all.get(path);
    if (found === undefined) throw new DatasetError(`dataset: ${path}: no such file`);
    return found;
  };
  const bytesOf = (content: string | Uint8Array): Uint8Array =>
    typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    async list(path) {
      const start = path === '' ? '' : `${path}/`;
      const inside = [...all.keys()].filter((one) => one.startsWith(start));
      return [...new Set(inside.map((one) => one.slice(start.length).replace(/\/.*/s, '/')))];
    },
    async text(path) {
      const content = file(path);
      return typeof content === 'string' ? content : new TextDecoder().decode(content);
    },
    async bytes(path, start, end) {
      return bytesOf(file(path)).slice(start, end);
    },
  };
}

/** Path of `target` as seen from `folder`; undefined if it is absolute or leaves the dataset. */
export function joinPath(folder: string, target: string): string | undefined {
  if (/^([a-z][a-z0-9+.-]*:\/\/|[a-z]:[/\\]|[/\\])|\0/i.test(target)) return undefined;
  const parts: string[] = [];
  for (const part of `${folder}/${target.replaceAll('\\', '/')}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** Folder of a path; `''` at the top. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** Path without the ending of its last part. */
export function withoutEnding(path: string): string {
  return path.replace(/\.[^./]*$/, '');
}
