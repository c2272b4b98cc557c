import { mkdir, readdir, readFile, rename, rm, rmdir, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FeatureStore } from '@glip-wgpu/glip-train';
import { version } from '../../package.json';
import { systemReason } from '../inputs/input-error.ts';
import { note } from '../outputs/terminal.ts';

const ENDING = `.${version}.safetensors`; // another version may compute other numbers
const OWN = /^[0-9a-f]{64}\..*(safetensors|part)$/;

/**
 * Outputs of frozen encoders in files of a folder, up to a number of bytes and half of the disk's free space; then no more are written.
 * If a file cannot be written, all are removed, and the run goes on without.
 */
export class FeatureFiles implements FeatureStore {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #sizes: Map<string, number>;
  #bytes: number;
  #closed = false;
  readonly #writing = new Set<Promise<void>>();

  private constructor(folder: string, maxBytes: number, sizes: Map<string, number>, bytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#sizes = sizes;
    this.#bytes = bytes;
  }

  /** Opens a folder, which need not exist. Files of other versions, unfinished ones and those beyond the bound are removed. */
  static async open(folder: string, maxBytes: number): Promise<FeatureFiles> {
    const sizes = new Map<string, number>();
    let held = 0;
    for (const name of await ownFiles(folder)) {
      const size = await sizeOf(join(folder, name));
      const fits = name.endsWith(ENDING) && held + size <= maxBytes;
      if (!fits) {
        await rm(join(folder, name), { force: true }).catch(() => {}); // is not used
        continue;
      }
      sizes.set(name.slice(0, -ENDING.length), size);
      held += size;
    }
    const free = await statfs(dirname(folder)).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => Number.POSITIVE_INFINITY, // the first write will tell
    );
    return new FeatureFiles(folder, Math.min(maxBytes, held + free / 2), sizes, held);
  }

  get size(): number {
    return this.#sizes.size;
  }

  hasRoom(bytes: number): boolean {
    return !this.#closed && this.#bytes + bytes <= this.#maxBytes;
  }

  has(key: string): boolean {
    return this.#sizes.has(key);
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return readFile(this.#file(key));
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    if (this.#sizes.has(key) || !this.hasRoom(bytes.length)) return;
    this.#sizes.set(key, bytes.length);
    this.#bytes += bytes.length;
    const work: Promise<void> = this.#write(key, bytes).finally(() => this.#writing.delete(work));
    this.#writing.add(work);
    await work;
  }

  async remove(key: string): Promise<void> {
    this.#bytes -= this.#sizes.get(key) ?? 0;
    this.#sizes.delete(key);
    await rm(this.#file(key), { force: true });
  }

  /** Ends writing. @param keeps  leaves the files for the next start */
  async close({ keeps }: { readonly keeps: boolean }): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#writing);
    if (!keeps) await this.#removeAll();
  }

  /** Beside and renamed, without waiting for the disk: digests in the files tell what a crash has damaged. */
  async #write(key: string, bytes: Uint8Array): Promise<void> {
    const file = this.#file(key);
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(`${file}.part`, bytes);
      await rename(`${file}.part`, file);
    } catch (error) {
      if (this.#closed) return;
      this.#closed = true;
      note(
        `${this.#folder}: cannot be written: ${systemReason(error)}; outputs of frozen encoders are computed again from here on`,
      );
      await this.#removeAll();
    }
  }

  async #removeAll(): Promise<void> {
    this.#sizes.clear();
    this.#bytes = 0;
    for (const name of await ownFiles(this.#folder))
      await rm(join(this.#folder, name), { force: true }).catch(() => {});
    await rmdir(this.#folder).catch(() => {}); // there is none, or it has other files
  }

  #file(key: string): string {
    return join(this.#folder, `${key}${ENDING}`);
  }
}

async function ownFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => OWN.test(name));
}

/** Infinite for a file that cannot be looked at. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => Number.POSITIVE_INFINITY,
  );
}
