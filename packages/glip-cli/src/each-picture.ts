import { DetectionError, type Detections, type Glip, ImageError, type RawImage } from '@glip-wgpu/glip-core';
import { PictureError } from './inputs/input-error.ts';
import { type ReadPicture, readAhead } from './inputs/read-ahead.ts';
import type { ChosenModel } from './model.ts';
import { clearProgress, duration, progress } from './outputs/progress.ts';
import { complain, note } from './outputs/terminal.ts';

/** A decoded picture. */
export interface Picture {
  readonly path: string;
  readonly index: number;
  readonly image: RawImage;
}

export interface PictureRun {
  readonly paths: readonly string[];
  readonly model: ChosenModel;
  /** A picture that cannot be used ends the run, instead of being reported and skipped. */
  readonly single: boolean;
  /** Pictures per call of `use`; default 1. */
  readonly batch?: number | undefined;
  /** Stops the run before the next picture. */
  readonly signal?: AbortSignal | undefined;
  /** Processes pictures with the model, which is loaded with the first readable picture. */
  use(glip: Glip, pictures: readonly Picture[]): Promise<void>;
}

export interface PictureCounts {
  readonly used: number;
  readonly failed: number;
  readonly seconds: number;
}

/** Processes pictures, with progress. @throws errors that are not due to one picture of several */
export async function eachPicture(run: PictureRun): Promise<PictureCounts> {
  const { paths, model, single, batch = 1, signal } = run;
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  let [used, failed] = [0, 0];
  let glip: Glip | undefined;
  let loading = 0; // seconds
  let now = ''; // the progress line
  let warned = false;
  const fail = (error: unknown): void => {
    if (single || !isFaultOfPicture(error)) throw error;
    complain(`glip: ${error.message}; left out`);
    failed += 1;
  };
  const use = async (group: readonly Picture[]): Promise<void> => {
    const warning = warned ? undefined : group.map(({ image }) => model.warningOf?.(image)).find(Boolean);
    if (warning) note(`warning: ${warning}`);
    warned ||= warning !== undefined;
    if (!glip) {
      const before = seconds();
      glip = await model.load();
      glip.device.onCompile(({ done, total }) => {
        progress(done < total ? `${now}; compiling kernels, ${done} of ${total}` : now);
      });
      loading = seconds() - before;
    }
    now = progressOf(group[group.length - 1], paths.length, used + failed, seconds() - loading);
    progress(now);
    try {
      await run.use(glip, group);
      used += group.length;
    } catch (error) {
      signal?.throwIfAborted();
      if (group.length === 1) fail(error);
      else if (!isFaultOfPicture(error)) throw error;
      else for (const picture of group) await use([picture]); // finds the faulty picture
    }
  };
  try {
    let group: Picture[] = [];
    for await (const picture of readAhead(paths)) {
      if (signal?.aborted) break;
      if (isRead(picture)) group.push(picture);
      else fail(picture.error);
      if (group.length < batch) continue;
      await use(group);
      group = [];
    }
    if (group.length > 0 && !signal?.aborted) await use(group);
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    clearProgress();
    glip?.dispose();
  }
  return { used, failed, seconds: seconds() };
}

function isRead(picture: ReadPicture): picture is ReadPicture & Picture {
  return picture.image !== undefined;
}

function isFaultOfPicture(error: unknown): error is Error {
  return error instanceof PictureError || error instanceof ImageError || error instanceof DetectionError;
}

function progressOf({ path, index }: Picture, count: number, done: number, seconds: number): string {
  if (count === 1) return `detecting in ${path}`;
  const left = done > 1 ? `, ${duration((seconds / done) * (count - done))} left` : '';
  return `${index + 1} of ${count}: ${path}${left}`;
}

const said = new Set<string>();

/** Prints warnings of detections, each once per run. */
export function tellWarnings({ warnings }: Detections): void {
  for (const { message } of warnings) {
    if (said.has(message)) continue;
    said.add(message);
    note(`warning: ${message}`);
  }
}

/** '20 pictures, 15 s', and the number of skipped pictures. */
export function summary({ used, failed, seconds }: PictureCounts): string {
  const pictures = `${used} ${used === 1 ? 'picture' : 'pictures'}, ${duration(seconds)}`;
  return failed > 0 ? `${pictures}; ${failed} left out, see above` : pictures;
}
