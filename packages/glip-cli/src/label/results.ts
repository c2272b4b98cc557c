import { resolve } from 'node:path';
import type { Detections } from '@glip-wgpu/glip-core';
import type { Picture } from '../each-picture.ts';
import { Journal, stampOf } from '../outputs/journal.ts';
import type { PartImage } from './formats.ts';
import type { LabelPlan } from './plan.ts';
import { type Part, splitFiles } from './split.ts';

/** Detections of one picture, and the state of its file. */
export interface LabeledPicture extends PartImage {
  readonly path: string;
  /** Size and modification time of the file. */
  readonly stamp: string;
}

/** Results so far for the pictures of a dataset. */
export class Results {
  readonly #plan: LabelPlan;
  readonly #done: Map<string, LabeledPicture>;
  readonly #files: ReadonlyMap<string, string>;
  readonly #parts: ReadonlyMap<string, Part>;
  readonly #searched = new Set<string>();

  private constructor(plan: LabelPlan, earlier: readonly LabeledPicture[]) {
    this.#plan = plan;
    this.#files = new Map(plan.paths.map((path, i) => [path, plan.files[i]]));
    const known = earlier.flatMap(({ file, part }) => (part === undefined ? [] : [[file, part] as const]));
    this.#parts = plan.share === undefined ? new Map() : splitFiles(plan.files, plan.share, new Map(known));
    this.#done = new Map(
      earlier.map((picture) => [picture.path, { ...picture, part: this.#parts.get(picture.file) }]),
    );
    for (const { detections } of earlier) for (const { label } of detections) this.#searched.add(label);
  }

  /** @param resume  reuse pictures of the previous run that are still requested and unchanged */
  static async begin(plan: LabelPlan, resume: boolean): Promise<Results> {
    return new Results(plan, resume ? await earlierOf(plan) : []);
  }

  /** In the order of the paths. */
  get pictures(): LabeledPicture[] {
    return this.#plan.paths.flatMap((path) => this.#done.get(resolve(path)) ?? []);
  }

  get missing(): string[] {
    return this.#plan.paths.filter((path) => !this.#done.has(resolve(path)));
  }

  /** Searched labels, in prompt order. */
  get searched(): string[] {
    return [...this.#searched];
  }

  /**
   * Makes dataset entries for the pictures; `keep` adds them to the dataset.
   *
   * @throws PictureError for a file that no longer exists
   */
  async label(pictures: readonly Picture[], found: readonly Detections[]): Promise<LabeledPicture[]> {
    const labeled = await Promise.all(
      pictures.map(async ({ path, image: { width, height } }, i): Promise<LabeledPicture> => {
        const file = this.#files.get(path) ?? path;
        const detections = found[i].map(({ label, box, score }) => ({ label, box, score }));
        const stamp = await stampOf(path);
        return { path: resolve(path), file, part: this.#parts.get(file), width, height, detections, stamp };
      }),
    );
    for (const { labels } of found) for (const { label } of labels) this.#searched.add(label);
    return labeled;
  }

  /** Counts pictures as done. */
  keep(labeled: readonly LabeledPicture[]): void {
    for (const picture of labeled) this.#done.set(picture.path, picture);
  }
}

async function earlierOf({ journal, settings, paths, files }: LabelPlan): Promise<LabeledPicture[]> {
  const recorded = await Journal.resume<LabeledPicture>(journal, settings);
  const last = new Map(recorded.map((picture) => [picture.path, picture]));
  const same = await Promise.all(
    paths.map(async (path, i) => {
      const picture = last.get(resolve(path));
      const unchanged = picture?.file === files[i] && picture.stamp === (await stampOf(path).catch(() => ''));
      return picture && unchanged ? [picture] : [];
    }),
  );
  return same.flat();
}
