import { type FileHandle, mkdir, open, rename, rm, stat, truncate } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { FileStore, PartialFile, ScatteredFile } from './file-store.ts';
import { explained, ifThere, textIfThere, writeWhole } from './folder-files.ts';
import { takeLock } from './folder-lock.ts';
import { scatteredFile } from './folder-scattered.ts';
import { openPath } from './open-path.ts';

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
 * `NAME.part.journal` says what of a scattered file was written. `NAME.lock` holds the id of the downloading process.
 */
export function folderStore(folder: string): FileStore {
  const path = (name: string, suffix = ''): string => join(folder, ...name.split('/')) + suffix;
  async function locked<F extends PartialFile | ScatteredFile>(
    name: string,
    signal: AbortSignal | undefined,
    opened: (target: string, lock: string) => Promise<F>,
  ): Promise<F> {
    await explained(folder, () => mkdir(dirname(path(name)), { recursive: true }));
    const lock = path(name, '.lock');
    await explained(folder, () => takeLock(lock, signal));
    try {
      return await explained(folder, () => opened(path(name), lock));
    } catch (error) {
      await rm(lock, { force: true });
      throw error;
    }
  }
  return {
    location: folder,
    open: (name) =>
      explained(folder, async () => {
        const note = await textIfThere(path(name, '.json'));
        const there = note !== undefined && (await ifThere(() => stat(path(name))));
        return there ? { note, content: await openPath(path(name)) } : undefined;
      }),
    begin: (name, signal) => locked(name, signal, (target, lock) => partialFile(folder, target, lock)),
    beginScattered: (name, identity, size, signal) =>
      locked(name, signal, (target, lock) => scatteredFile(folder, target, lock, identity, size)),
    readPartNote: (name) => textIfThere(path(name, '.part.json')),
    writePartNote: (name, note) => explained(folder, () => writeWhole(path(name, '.part.json'), note)),
    remove: (name) =>
      explained(folder, async () => {
        for (const suffix of ['.json', '', '.part', '.part.json', '.part.journal'])
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
