import { join } from 'node:path';
import { Journal, type Settings } from '../../outputs/journal.ts';
import { note } from '../../outputs/terminal.ts';
import type { PromptedBox } from './data-set.ts';

/** Boxes found in an image of a data set, and the state of its file. */
interface FoundInImage {
  readonly set: string;
  readonly path: string;
  readonly stamp: string;
  readonly found: readonly PromptedBox[];
}

/** Boxes of a benchmark as they are found, in its folder, so that it can be resumed. */
export class EarlierBoxes implements AsyncDisposable {
  readonly #found: ReadonlyMap<string, FoundInImage>;
  readonly #journal: Journal<FoundInImage>;

  private constructor(found: ReadonlyMap<string, FoundInImage>, journal: Journal<FoundInImage>) {
    this.#found = found;
    this.#journal = journal;
  }

  /** @throws InputError for a run with other settings, and if nothing can be written */
  static async open(folder: string, settings: Settings, resume: boolean): Promise<EarlierBoxes> {
    const path = join(folder, '.glip-evaluate.jsonl');
    const recorded = resume ? await Journal.resume<FoundInImage>(path, settings) : [];
    const found = new Map(recorded.map((one) => [keyOf(one.set, one.path), one]));
    if (resume) note(found.size > 0 ? `${found.size} images already evaluated` : 'no evaluation to resume');
    return new EarlierBoxes(found, await Journal.begin(path, settings, [...found.values()]));
  }

  /** Of an earlier run, if the picture is as it was. */
  of(set: string, path: string, stamp: string | undefined): readonly PromptedBox[] | undefined {
    const one = this.#found.get(keyOf(set, path));
    return one && one.stamp !== '' && one.stamp === stamp ? one.found : undefined;
  }

  async add(found: FoundInImage): Promise<void> {
    await this.#journal.add([found]);
  }

  /** Forgets them, once all images are evaluated. */
  async remove(): Promise<void> {
    await this.#journal.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#journal[Symbol.asyncDispose]();
  }
}

function keyOf(set: string, path: string): string {
  return JSON.stringify([set, path]);
}
