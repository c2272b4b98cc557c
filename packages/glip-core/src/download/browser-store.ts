import { type ByteSource, byteSource } from '@glip-wgpu/tensor-wgpu';
import { explained, ifThere, readText, writeFile } from './browser-files.ts';
import { lock } from './browser-lock.ts';
import { scatteredContent, scatteredFile } from './browser-scattered.ts';
import { DownloadError } from './download-error.ts';
import type { FileStore, PartialFile, ScatteredFile } from './file-store.ts';

// A browser commits a file of its private file system only when the file is closed. So a download is a folder of pieces:
// a page that is closed during a download loses at most the last one. Reading joins them in one Blob, without a copy.

const PIECE_BYTES = 16 * 2 ** 20;
const DONE = 'done.json';
const NOTE = 'part.json';

/** Files in a folder of the page's private file system; undefined if the browser has none or it is not writable. */
export async function browserStore(folder: string): Promise<FileStore | undefined> {
  const storage = globalThis.navigator?.storage;
  const writable =
    typeof FileSystemFileHandle !== 'undefined' && 'createWritable' in FileSystemFileHandle.prototype;
  if (!storage?.getDirectory || !writable) return undefined;
  let root: FileSystemDirectoryHandle;
  try {
    root = await (await storage.getDirectory()).getDirectoryHandle(folder, { create: true });
  } catch {
    return undefined; // in private windows of some browsers
  }
  const place = (name: string, create: boolean) =>
    ifThere(root.getDirectoryHandle(name.replaceAll('/', '-'), { create }));
  async function locked<F extends PartialFile | ScatteredFile>(
    name: string,
    signal: AbortSignal | undefined,
    opened: (directory: FileSystemDirectoryHandle, release: () => void) => Promise<F>,
  ): Promise<F> {
    const release = await lock(`${folder}/${name}`, signal);
    try {
      const directory = await explained(place(name, true));
      if (!directory) throw new DownloadError('cache', `${folder}: cannot create a folder for ${name}`);
      return await opened(directory, release);
    } catch (error) {
      release();
      throw error;
    }
  }
  return {
    location: `${folder} in the browser's private file system`,
    async open(name) {
      const directory = await place(name, false);
      const note = directory && (await readText(directory, DONE));
      return directory && note !== undefined ? { note, content: await contentOf(directory) } : undefined;
    },
    begin: (name, signal) => locked(name, signal, partialFile),
    beginScattered: (name, identity, size, signal) =>
      locked(name, signal, (directory, release) => scatteredFile(directory, release, identity, size)),
    async readPartNote(name) {
      const directory = await place(name, false);
      return directory && readText(directory, NOTE);
    },
    async writePartNote(name, note) {
      const directory = await place(name, true);
      if (directory) await writeFile(directory, NOTE, new TextEncoder().encode(note));
    },
    async remove(name) {
      await explained(ifThere(root.removeEntry(name.replaceAll('/', '-'), { recursive: true })));
    },
  };
}

async function partialFile(directory: FileSystemDirectoryHandle, release: () => void): Promise<PartialFile> {
  const pieces = await piecesOf(directory);
  let count = pieces.length;
  let stored = pieces.reduce((sum, { size }) => sum + size, 0);
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  const flush = async (): Promise<void> => {
    if (waitingBytes === 0) return;
    await writeFile(directory, pieceName(count), new Blob(waiting as BlobPart[]));
    count += 1;
    stored += waitingBytes;
    waiting = [];
    waitingBytes = 0;
  };
  return {
    get size() {
      return stored + waitingBytes;
    },
    async append(bytes) {
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes >= PIECE_BYTES) await flush();
    },
    async content() {
      await flush();
      return contentOf(directory);
    },
    async clear() {
      waiting = [];
      waitingBytes = 0;
      await Promise.all([
        ...Array.from({ length: count }, (_, i) => ifThere(directory.removeEntry(pieceName(i)))),
        ifThere(directory.removeEntry(DONE)),
      ]);
      count = 0;
      stored = 0;
    },
    async finish(note) {
      await flush();
      await writeFile(directory, DONE, new TextEncoder().encode(note));
      await ifThere(directory.removeEntry(NOTE));
      release();
    },
    async close() {
      try {
        await flush();
      } finally {
        release();
      }
    },
  };
}

const pieceName = (index: number): string => `${String(index).padStart(6, '0')}.piece`;

async function piecesOf(directory: FileSystemDirectoryHandle): Promise<File[]> {
  const pieces: File[] = [];
  for (;;) {
    const handle = await ifThere(directory.getFileHandle(pieceName(pieces.length)));
    if (!handle) return pieces;
    pieces.push(await handle.getFile());
  }
}

async function contentOf(directory: FileSystemDirectoryHandle): Promise<ByteSource> {
  const scattered = await scatteredContent(directory);
  if (scattered) return scattered;
  return byteSource(new Blob(await piecesOf(directory)));
}
