import {
  type FileHandle,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DownloadError } from './download-error.ts';
import type { FileStore, PartialFile } from './file-store.ts';
import { openPath } from './open-path.ts';

const WAIT_MS = 100;

/** Default cache folder: `GLIP_CACHE`, else `glip-wgpu` in the user's cache folder. */
export function defaultFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const { GLIP_CACHE: own, XDG_CACHE_HOME: xdg, LOCALAPPDATA: windows } = environment;
  if (own) return resolve(own);
  const base = xdg || (process.platform === 'win32' && windows) || join(homedir(), '.cache');
  return join(base, 'glip-wgpu');
}

/**
 * Files in a folder. A download is `NAME.part` until it is complete and then renamed, so `NAME` is complete or absent.
 * `NAME.lock` holds the id of the downloading process.
 */
export function folderStore(folder: string): FileStore {
  const path = (name: string, suffix = ''): string => join(folder, ...name.split('/')) + suffix;
  return {
    location: folder,
    open: (name) =>
      explained(folder, async () => {
        const note = await ifThere(() => readFile(path(name, '.json'), 'utf8'));
        const there = note !== undefined && (await ifThere(() => stat(path(name))));
        return there ? { note, content: await openPath(path(name)) } : undefined;
      }),
    async begin(name, signal) {
      await explained(folder, () => mkdir(dirname(path(name)), { recursive: true }));
      const lock = path(name, '.lock');
      await explained(folder, () => takeLock(lock, signal));
      try {
        return await explained(folder, () => partialFile(folder, path(name), lock));
      } catch (error) {
        await rm(lock, { force: true });
        throw error;
      }
    },
    readPartNote: (name) => ifThere(() => readFile(path(name, '.part.json'), 'utf8')),
    writePartNote: (name, note) => explained(folder, () => writeWhole(path(name, '.part.json'), note)),
    remove: (name) =>
      explained(folder, async () => {
        for (const suffix of ['.json', '', '.part', '.part.json'])
          await rm(path(name, suffix), { force: true });
      }),
  };
}

async function partialFile(folder: string, target: string, lock: string): Promise<PartialFile> {
  const part = `${target}.part`;
  const handle = await open(part, 'a');
  let { size } = await handle.stat();
  const free = async (): Promise<void> => {
    await handle.close();
    await rm(lock, { force: true });
  };
  return {
    get size() {
      return size;
    },
    append: (bytes) =>
      explained(folder, async () => {
        try {
          await writeAll(handle, bytes);
          size += bytes.length;
        } catch (error) {
          await truncate(part, size).catch(() => {}); // incomplete JSON counts as missing
          throw error;
        }
      }),
    content: () => openPath(part),
    clear: () =>
      explained(folder, async () => {
        await truncate(part, 0);
        size = 0;
      }),
    finish: (note) =>
      explained(folder, async () => {
        await handle.sync();
        await rm(`${target}.json`, { force: true });
        await rename(part, target);
        await writeWhole(`${target}.json`, note);
        await rm(`${part}.json`, { force: true });
        await free();
      }),
    async close() {
      if (size === 0) await rm(part, { force: true });
      await free();
    },
  };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done)).bytesWritten;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

async function takeLock(lock: string, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      await writeFile(lock, `${process.pid}`, { flag: 'wx' });
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const owner = Number(await ifThere(() => readFile(lock, 'utf8')));
    if (owner > 0 && !isAlive(owner)) await removeStale(lock, owner);
    else await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

/** Removes a lock whose process has ended, and no other. */
async function removeStale(lock: string, owner: number): Promise<void> {
  const aside = `${lock}.${process.pid}`;
  await ifThere(() => rename(lock, aside));
  const found = await ifThere(() => readFile(aside, 'utf8'));
  if (found !== undefined && Number(found) !== owner) await rename(aside, lock);
  else await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

async function ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

async function explained<T>(folder: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
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
