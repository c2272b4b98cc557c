import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnnotatedImage, Dataset, LabeledBox } from '@glip-wgpu/datasets';
import type { KnownDetections } from '@glip-wgpu/glip-train';
import { Journal, type Settings, stampOf } from '../outputs/journal.ts';

/** Detections in one picture of a dataset, and the state of its file. */
interface DetectedPicture {
  readonly path: string;
  readonly stamp: string;
  readonly detections: readonly LabeledBox[];
}

/** A line of the journal. */
interface Line {
  readonly begin: number;
  readonly bytes: number;
}

/** Detections of an evaluation as they are made, in its folder, so that it can be resumed. */
export class EarlierDetections implements KnownDetections, AsyncDisposable {
  readonly #path: string;
  /** By the picture's path. */
  readonly #lines: ReadonlyMap<string, Line>;
  readonly #journal: Journal<DetectedPicture>;
  #file: Promise<FileHandle> | undefined;

  private constructor(path: string, lines: ReadonlyMap<string, Line>, journal: Journal<DetectedPicture>) {
    this.#path = path;
    this.#lines = lines;
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
    const recorded = new Map<string, Line & Pick<DetectedPicture, 'stamp'>>();
    if (resume) {
      for await (const { entry, begin, bytes } of Journal.entries<DetectedPicture>(path, settings))
        recorded.set(entry.path, { begin, bytes, stamp: entry.stamp });
    }
    const lines = new Map<string, Line>();
    for (const { path: picture } of images) {
      const line = recorded.get(picture);
      if (line && !lines.has(picture) && line.stamp === (await stamp(picture).catch(() => '')))
        lines.set(picture, line);
    }
    const journal =
      recorded.size > 0
        ? await Journal.append<DetectedPicture>(path)
        : await Journal.begin<DetectedPicture>(path, settings, []);
    return new EarlierDetections(path, lines, journal);
  }

  /** Number of pictures with detections of an earlier run. */
  get count(): number {
    return this.#lines.size;
  }

  has({ path }: AnnotatedImage): boolean {
    return this.#lines.has(path);
  }

  async of({ path }: AnnotatedImage): Promise<readonly LabeledBox[]> {
    const { begin, bytes } = this.#lines.get(path) as Line;
    this.#file ??= open(this.#path);
    const { buffer } = await (await this.#file).read(Buffer.alloc(bytes), 0, bytes, begin);
    return (JSON.parse(buffer.toString()) as DetectedPicture).detections;
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
    await (await this.#file)?.close();
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
