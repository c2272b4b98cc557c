import { type ByteSource, byteSource } from '@glip-wgpu/tensor-wgpu';
import { ifThere, readText, writeFile } from './browser-files.ts';
import { DownloadError } from './download-error.ts';
import type { BytesAt, ScatteredFile } from './file-store.ts';

// A file that is written in any order, as a folder of batches: a browser commits a file only when it is closed. A batch
// is what was written, then its places and lines of the journal as JSON, then the length of that JSON in four bytes.

const BATCH_BYTES = 8 * 2 ** 20;
const IDENTITY = 'identity.txt';
const PLACES = 'places.json';
const DONE = 'done.json';

/** Bytes of the file that lie together in a batch. */
interface Place {
  readonly position: number;
  readonly size: number;
  readonly batch: number;
  readonly offset: number;
}

interface BatchEnd {
  readonly places: readonly (readonly [position: number, size: number])[];
  readonly lines: readonly string[];
}

/** Opens the batches of a folder; removes those of other content. @throws DownloadError disk-full */
export async function scatteredFile(
  directory: FileSystemDirectoryHandle,
  release: () => void,
  identity: string,
  size: number,
): Promise<ScatteredFile> {
  if ((await readText(directory, IDENTITY)) !== identity) {
    for (const name of [DONE, PLACES, IDENTITY]) await ifThere(directory.removeEntry(name));
    for (let i = 0; await fileIfThere(directory, batchName(i)); i++)
      await directory.removeEntry(batchName(i));
    await writeFile(directory, IDENTITY, new TextEncoder().encode(identity));
  }
  const batches: File[] = [];
  const journal: string[] = [];
  const places = new Places();
  for (;;) {
    const file = await fileIfThere(directory, batchName(batches.length));
    if (!file) break;
    const end = await endOf(file);
    places.add(batches.length, end.places);
    journal.push(...end.lines);
    batches.push(file);
  }
  await expectRoom(
    size,
    batches.reduce((sum, file) => sum + file.size, 0),
  );

  let waiting: BytesAt[] = [];
  let lines: string[] = [];
  let bytes = 0;
  let flushing: Promise<void> = Promise.resolve();
  const flush = (): Promise<void> => {
    flushing = flushing.then(async () => {
      if (waiting.length === 0 && lines.length === 0) return;
      const parts = waiting.sort((a, b) => a.position - b.position);
      const end: BatchEnd = { places: parts.map((part) => [part.position, part.bytes.length]), lines };
      [waiting, lines, bytes] = [[], [], 0];
      const text = new TextEncoder().encode(JSON.stringify(end));
      const length = new Uint8Array(Uint32Array.of(text.length).buffer);
      const content = [...parts.map((part) => part.bytes), text, length] as BlobPart[];
      const index = batches.length;
      await writeFile(directory, batchName(index), new Blob(content));
      batches.push((await fileIfThere(directory, batchName(index))) as File);
      places.add(index, end.places);
    });
    return flushing;
  };
  return {
    journal,
    async write(written, line) {
      waiting.push(...written);
      if (line !== undefined) lines.push(line);
      bytes += written.reduce((sum, part) => sum + part.bytes.length, 0);
      if (bytes >= BATCH_BYTES || written.length === 0) await flush();
    },
    async read(start, end) {
      await flush();
      return places.source(batches).read(start, end);
    },
    async finish(note) {
      await flush();
      const all = places.complete(size);
      await writeFile(directory, PLACES, new TextEncoder().encode(JSON.stringify(all)));
      await writeFile(directory, DONE, new TextEncoder().encode(note));
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

/** The content of a complete file that was written in any order; undefined if the folder holds none. */
export async function scatteredContent(
  directory: FileSystemDirectoryHandle,
): Promise<ByteSource | undefined> {
  const text = await readText(directory, PLACES);
  if (text === undefined) return undefined;
  const places = JSON.parse(text) as readonly Place[];
  const batches = new Map<number, File | undefined>();
  for (const { batch } of places) {
    if (!batches.has(batch)) batches.set(batch, await fileIfThere(directory, batchName(batch)));
  }
  const parts = places.map(({ batch, offset, size }) => {
    return batches.get(batch)?.slice(offset, offset + size) ?? new Blob([]);
  });
  return byteSource(new Blob(parts));
}

/** Places of a file, in order; later ones replace what they overlap with. */
class Places {
  #all: Place[] = [];

  add(batch: number, written: BatchEnd['places']): void {
    let offset = 0;
    const added: Place[] = [];
    for (const [position, size] of written) {
      const last = added.at(-1);
      if (last && last.position + last.size === position) {
        added[added.length - 1] = { ...last, size: last.size + size };
      } else added.push({ position, size, batch, offset });
      offset += size;
    }
    const kept = this.#all.flatMap((place) => without(place, added));
    this.#all = [...kept, ...added].sort((a, b) => a.position - b.position);
  }

  source(batches: readonly File[]): ByteSource {
    const all = this.#all;
    return {
      size: 0,
      async read(start, end) {
        const bytes = new Uint8Array(end - start); // what is missing is zero: its checksum will tell
        for (const { position, size, batch, offset } of all) {
          const from = Math.max(start, position);
          const to = Math.min(end, position + size);
          if (from >= to) continue;
          const slice = batches[batch].slice(offset + from - position, offset + to - position);
          bytes.set(new Uint8Array(await slice.arrayBuffer()), from - start);
        }
        return bytes;
      },
    };
  }

  /** @throws DownloadError cache if the places do not fill a file of `size` bytes */
  complete(size: number): readonly Place[] {
    let at = 0;
    for (const place of this.#all) {
      if (place.position !== at) break;
      at += place.size;
    }
    if (at !== size) throw new DownloadError('cache', `only ${at} of ${size} bytes were stored`);
    return this.#all;
  }
}

/** The remainder of a range after others were written over parts of it. */
function without(place: Place, others: readonly Place[]): Place[] {
  let left: Place[] = [place];
  for (const { position, size } of others) {
    left = left.flatMap((one) => {
      const end = one.position + one.size;
      if (position >= end || position + size <= one.position) return [one];
      const before = { ...one, size: Math.max(0, position - one.position) };
      const cut = Math.min(one.size, position + size - one.position);
      const after = { ...one, position: one.position + cut, offset: one.offset + cut, size: one.size - cut };
      return [before, after].filter((part) => part.size > 0);
    });
  }
  return left;
}

async function endOf(file: File): Promise<BatchEnd> {
  const length = new Uint32Array(await file.slice(-4).arrayBuffer())[0];
  return JSON.parse(await file.slice(-4 - length, -4).text()) as BatchEnd;
}

async function fileIfThere(directory: FileSystemDirectoryHandle, name: string): Promise<File | undefined> {
  return (await ifThere(directory.getFileHandle(name)))?.getFile();
}

/** @throws DownloadError disk-full if the browser grants less than what is still to be written */
async function expectRoom(size: number, written: number): Promise<void> {
  const { quota, usage } = await navigator.storage.estimate();
  if (quota === undefined || usage === undefined || size - written <= quota - usage) return;
  throw new DownloadError(
    'disk-full',
    `${Math.ceil((size - written) / 1e6)} MB are needed, and the browser grants this page ${Math.floor((quota - usage) / 1e6)} MB: remove other models, or free some disk space`,
  );
}

const batchName = (index: number): string => `${String(index).padStart(6, '0')}.batch`;
