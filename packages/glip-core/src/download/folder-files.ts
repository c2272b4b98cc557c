import { readFile, rename, writeFile } from 'node:fs/promises';
import { DownloadError } from './download-error.ts';

/** Writes a text beside a file and renames it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

/** A file's text; undefined if there is none. */
export function textIfThere(path: string): Promise<string | undefined> {
  return ifThere(() => readFile(path, 'utf8'));
}

export async function ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** Gives failures of a cache's folder the form of a DownloadError. */
export async function explained<T>(folder: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (cause instanceof DownloadError) throw cause;
    const code = codeOf(cause);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new DownloadError(
        'disk-full',
        `${folder}: the disk is full; free some space or set GLIP_CACHE to another folder`,
        { cause },
      );
    }
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      throw new DownloadError(
        'permission',
        `${folder}: no write permission; set GLIP_CACHE to a folder of your own`,
        { cause },
      );
    }
    if (code !== undefined)
      throw new DownloadError('cache', `${folder}: ${(cause as Error).message}`, { cause });
    throw cause;
  }
}
