import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, InputError, PictureError, systemReason } from '../inputs/input-error.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import type { PartImage } from './formats.ts';

const NAME = '.glip-label.jsonl';

/** Detections of one picture, and the state of its file. */
export interface LabeledPicture extends PartImage {
  readonly path: string;
  /** Size and modification time of the file. */
  readonly stamp: string;
}

/** Settings that results depend on, besides the pictures. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * Results in the dataset's folder, one line per picture as soon as it is labeled, so that a stopped run can be resumed. It
 * is removed once the dataset is complete.
 */
export class Journal implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Starts an empty journal. @throws InputError if it cannot be written */
  static async begin(folder: string, settings: Settings, kept: readonly LabeledPicture[]): Promise<Journal> {
    const path = join(folder, NAME);
    const lines = [settings, ...kept].map((line) => `${JSON.stringify(line)}\n`);
    await writeWhole(path, lines.join(''));
    return new Journal(path, await open(path, 'a'));
  }

  /**
   * Results of a stopped run; none if there was no such run.
   *
   * @throws InputError for a run with other settings
   */
  static async resume(folder: string, settings: Settings): Promise<LabeledPicture[]> {
    let text: string;
    try {
      text = await readFile(join(folder, NAME), 'utf8');
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return [];
      throw new InputError(`${join(folder, NAME)}: cannot be read: ${systemReason(cause)}`, { cause });
    }
    const [first, ...lines] = text.split('\n').flatMap(recordOf);
    const before = (first ?? {}) as Settings;
    const other = Object.keys(settings).find(
      (key) => JSON.stringify(before[key]) !== JSON.stringify(settings[key]),
    );
    if (other !== undefined) {
      throw new InputError(
        `--resume: the run in ${folder} had another ${other}; give the same, or leave --resume out to begin anew`,
      );
    }
    return lines as LabeledPicture[];
  }

  async add(pictures: readonly LabeledPicture[]): Promise<void> {
    try {
      await this.#file.appendFile(pictures.map((picture) => `${JSON.stringify(picture)}\n`).join(''));
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

/** Ignores a line that was truncated when the process ended. */
function recordOf(line: string): object[] {
  try {
    return line === '' ? [] : [JSON.parse(line)];
  } catch {
    return [];
  }
}

/**
 * Distinguishes a file from a changed file of the same name.
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
