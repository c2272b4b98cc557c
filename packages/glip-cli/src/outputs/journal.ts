import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
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

  /**
   * Entries of a stopped run; none if there was no such run.
   *
   * @throws InputError for a run with other settings
   */
  static async resume<Entry extends object>(path: string, settings: Settings): Promise<Entry[]> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return [];
      throw new InputError(`${path}: cannot be read: ${systemReason(cause)}`, { cause });
    }
    const [first, ...lines] = text.split('\n').flatMap(recordOf);
    expectSame(dirname(path), (first ?? {}) as Settings, settings);
    return lines as Entry[];
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

function expectSame(folder: string, before: Settings, now: Settings): void {
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

/** Ignores a line that was truncated when the process ended. */
function recordOf(line: string): object[] {
  try {
    return line === '' ? [] : [JSON.parse(line)];
  } catch {
    return [];
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
