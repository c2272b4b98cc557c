import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { codeOf, InputError, PictureError, systemReason } from '../inputs/input-error.ts';
import { writeWhole } from './whole-file.ts';

/** Settings that the results of a run depend on, besides the pictures. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * Results of a run over many pictures in a file, one line per picture as soon as it is done, so that a stopped run can be
 * resumed. It is removed once the run is complete.
 */
export class Journal<Entry extends object> implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Starts a journal with the entries that are kept. @throws InputError if it cannot be written */
  static async begin<Entry extends object>(
    path: string,
    settings: Settings,
    kept: readonly Entry[],
  ): Promise<Journal<Entry>> {
    const lines = [settings, ...kept].map((line) => `${JSON.stringify(line)}\n`);
    await writeWhole(path, lines.join(''));
    return new Journal(path, await open(path, 'a'));
  }

  /** Goes on with the journal of a stopped run. @throws InputError if it cannot be written */
  static async append<Entry extends object>(path: string): Promise<Journal<Entry>> {
    try {
      const file = await open(path, 'a');
      await file.appendFile('\n'); // ends a line that was truncated
      return new Journal(path, file);
    } catch (cause) {
      throw new InputError(`${path}: cannot be written: ${systemReason(cause)}`, { cause });
    }
  }

  /**
   * Entries of a stopped run, and where their lines begin; none if there was no such run. They are read one by one, since
   * together they may be larger than the memory.
   *
   * @throws InputError for a run with other settings
   */
  static async *entries<Entry extends object>(
    path: string,
    settings: Settings,
  ): AsyncGenerator<{ readonly entry: Entry; readonly begin: number; readonly bytes: number }> {
    let begin = 0;
    let first = true;
    try {
      const input = createReadStream(path, 'latin1'); // a character for each byte
      for await (const line of createInterface({ input })) {
        const bytes = line.length;
        const record = recordOf(Buffer.from(line, 'latin1').toString());
        if (record && first) expectSameSettings(dirname(path), record as Settings, settings);
        else if (record) yield { entry: record as Entry, begin, bytes };
        first &&= record === undefined;
        begin += bytes + 1;
      }
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return;
      if (codeOf(cause) === undefined) throw cause;
      throw new InputError(`${path}: cannot be read: ${systemReason(cause)}`, { cause });
    }
    if (first) expectSameSettings(dirname(path), {}, settings);
  }

  /** All entries of a stopped run. @throws as `entries` */
  static async resume<Entry extends object>(path: string, settings: Settings): Promise<Entry[]> {
    const found: Entry[] = [];
    for await (const { entry } of Journal.entries<Entry>(path, settings)) found.push(entry);
    return found;
  }

  async add(entries: readonly Entry[]): Promise<void> {
    try {
      await this.#file.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    } catch (cause) {
      throw new InputError(`${this.#path}: cannot be written: ${systemReason(cause)}`, { cause });
    }
  }

  /** Removes the journal of a finished run. */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/** @throws InputError for the first setting that differs from those of the stopped run in a folder */
export function expectSameSettings(folder: string, before: Settings, now: Settings): void {
  const name = Object.keys(now).find((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
  if (name === undefined) return;
  const values = [before[name], now[name]];
  const shown = values.some((value) => typeof value === 'object')
    ? ''
    : ` (${values.map((value) => value ?? 'none').join(', now ')})`;
  throw new InputError(
    `--resume: the run in ${folder} had another ${name}${shown}; give the same, or leave --resume out to begin anew`,
  );
}

/** Undefined for a line that was truncated when the process ended. */
function recordOf(line: string): object | undefined {
  try {
    return line === '' ? undefined : JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * Size and modification time of a file, which distinguish it from a changed file of the same name.
 *
 * @throws PictureError for a file that no longer exists
 */
export async function stampOf(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${size} ${mtimeMs}`;
  } catch (cause) {
    throw new PictureError(`${path}: cannot be read any more: ${systemReason(cause)}`, { cause });
  }
}
