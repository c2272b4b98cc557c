import { createHash } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile, truncate } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { FileAccess } from '@glip-wgpu/datasets';
import { systemReason } from '../inputs/input-error.ts';
import { note } from '../outputs/terminal.ts';
import type { RunFolder } from './run-folder.ts';
import { contentsOf } from './run-settings.ts';
import type { RunData } from './training-data.ts';

type WatchedData = RunData['training'][number] | RunData['evaluations'][number];

/**
 * SHA-256 of the pictures that a run has read, so that one whose contents change under the same path is noticed, also after the run was
 * stopped. A dataset has a file in the run's folder with a line for each picture, as `sha256sum` writes and checks them, named after
 * its images and boxes: a dataset that was moved has the same. Nothing that the run computes depends on these files.
 */
export class PictureHashes implements AsyncDisposable {
  readonly #folder: RunFolder;
  readonly #changed: (path: string) => void;
  readonly #hashes = new Map<string, HashFile>();

  /** @param changed  is told of each picture that is not as the run has read it before */
  constructor(folder: RunFolder, changed: (path: string) => void) {
    this.#folder = folder;
    this.#changed = changed;
  }

  /** The run's data, whose pictures are compared and remembered as they are read. */
  async watch({ training, evaluations }: RunData): Promise<RunData> {
    const places = new Map<string, FileAccess[]>();
    const watch = async <T extends WatchedData>(one: T): Promise<T> => {
      const { sha256 } = contentsOf(one);
      const same = places.get(sha256) ?? [];
      places.set(sha256, same);
      if (!same.includes(one.files)) same.push(one.files);
      const place = same.indexOf(one.files); // such as recolored copies of the same pictures
      const name = `pictures-${sha256.slice(0, 16)}${place > 0 ? `-${place + 1}` : ''}.sha256`;
      const hashes = this.#hashes.get(name) ?? (await HashFile.open(this.#folder.file(name)));
      this.#hashes.set(name, hashes);
      return { ...one, files: this.#watched(one.files, hashes) };
    };
    const watched: {
      training: RunData['training'][number][];
      evaluations: RunData['evaluations'][number][];
    } = {
      training: [],
      evaluations: [],
    };
    for (const one of training) watched.training.push(await watch(one));
    for (const one of evaluations) watched.evaluations.push(await watch(one));
    return watched;
  }

  #watched(files: FileAccess, hashes: HashFile): FileAccess {
    return {
      list: (path) => files.list(path),
      text: (path) => files.text(path),
      bytes: async (path, ...range) => {
        const bytes = await files.bytes(path, ...range);
        if (range.length === 0 && hashes.add(path, bytes) === 'changed') this.#changed(path);
        return bytes;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#hashes.values()) await file[Symbol.asyncDispose]();
  }
}

/** Digests of a dataset's pictures by path, in a file to which lines are added; the last line of a path counts. */
class HashFile implements AsyncDisposable {
  readonly #known: Map<string, string>;
  readonly #stream: WriteStream;

  private constructor(path: string, known: Map<string, string>) {
    this.#known = known;
    this.#stream = createWriteStream(path, { flags: 'a' });
    this.#stream.on('error', (error) => {
      note(
        `${path}: cannot be written: ${systemReason(error)}; later changes of pictures may not be noticed`,
      );
    });
  }

  static async open(path: string): Promise<HashFile> {
    const bytes = await readFile(path).catch(() => undefined);
    const whole = bytes?.subarray(0, bytes.lastIndexOf('\n') + 1) ?? Buffer.of();
    if (bytes && whole.length < bytes.length) await truncate(path, whole.length); // a line that was cut
    return new HashFile(path, parseLines(whole.toString()));
  }

  add(path: string, bytes: Uint8Array): 'new' | 'same' | 'changed' {
    const digest = createHash('sha256').update(bytes).digest('hex');
    const known = this.#known.get(path);
    if (known === digest) return 'same';
    this.#known.set(path, digest);
    if (this.#stream.writable) this.#stream.write(lineOf(path, digest));
    return known === undefined ? 'new' : 'changed';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.end();
    await finished(this.#stream).catch(() => {}); // was reported
  }
}

/** Of `sha256sum`, which begins a line with a backslash if the name has characters that it escapes. */
function lineOf(path: string, digest: string): string {
  const name = path.replace(/[\\\n\r]/g, (one) => (one === '\\' ? '\\\\' : one === '\n' ? '\\n' : '\\r'));
  return `${name === path ? '' : '\\'}${digest}  ${name}\n`;
}

function parseLines(text: string): Map<string, string> {
  const digests = new Map<string, string>();
  for (const [, escaped, digest, name] of text.matchAll(/^(\\?)([0-9a-f]{64}) {2}(.+)$/gm)) {
    const path = escaped
      ? name.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one === 'r' ? '\r' : one))
      : name;
    digests.set(path, digest);
  }
  return digests;
}
