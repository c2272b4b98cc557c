import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { AnnotatedImage, Dataset, LabeledBox } from '@glip-wgpu/datasets';
import { Journal, type Settings, stampOf } from '../outputs/journal.ts';

/** Detections in one picture of a dataset, and the state of its file. */
interface DetectedPicture {
  readonly path: string;
  readonly stamp: string;
  readonly detections: readonly LabeledBox[];
}

/** Detections of an evaluation as they are made, in its folder, so that it can be resumed. */
export class EarlierDetections implements AsyncDisposable {
  readonly #found: ReadonlyMap<string, DetectedPicture>;
  readonly #journal: Journal<DetectedPicture>;

  private constructor(found: ReadonlyMap<string, DetectedPicture>, journal: Journal<DetectedPicture>) {
    this.#found = found;
    this.#journal = journal;
  }

  /**
   * @param folder    of the evaluation
   * @param settings  that the detections depend on
   * @param images    that are evaluated; those whose pictures changed are not known
   * @throws InputError for a run with other settings, and if nothing can be written
   */
  static async open(
    folder: string,
    settings: Settings,
    { images, stamp, resume }: { images: readonly AnnotatedImage[]; stamp: StampOf; resume: boolean },
  ): Promise<EarlierDetections> {
    const path = join(folder, '.glip-evaluate.jsonl');
    const recorded = resume ? await Journal.resume<DetectedPicture>(path, settings) : [];
    const last = new Map(recorded.map((picture) => [picture.path, picture]));
    const found = new Map<string, DetectedPicture>();
    for (const { path } of images) {
      const picture = last.get(path);
      if (picture && !found.has(path) && picture.stamp === (await stamp(path).catch(() => '')))
        found.set(path, picture);
    }
    return new EarlierDetections(found, await Journal.begin(path, settings, [...found.values()]));
  }

  /** Number of pictures with detections of an earlier run. */
  get count(): number {
    return this.#found.size;
  }

  /** Of an earlier run. */
  of({ path }: AnnotatedImage): readonly LabeledBox[] | undefined {
    return this.#found.get(path)?.detections;
  }

  async add(path: string, stamp: string, found: readonly LabeledBox[]): Promise<void> {
    const detections = found.map(({ label, box, score }) => ({ label, box, score }));
    await this.#journal.add([{ path, stamp, detections }]);
  }

  /** Forgets them, once all pictures are evaluated. */
  async remove(): Promise<void> {
    await this.#journal.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#journal[Symbol.asyncDispose]();
  }
}

/** The state of a dataset's picture. */
export type StampOf = (path: string) => Promise<string>;

/** Of a file in the dataset's folder; of a picture in an archive, its checksum. */
export function stampsIn(folder: string, { files }: Pick<Dataset, 'files'>): StampOf {
  return (path) =>
    stampOf(join(folder, path)).catch(async () =>
      createHash('sha256')
        .update(await files.bytes(path))
        .digest('hex'),
    );
}
