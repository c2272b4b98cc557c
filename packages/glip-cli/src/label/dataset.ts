import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { copyWhole, writeWhole } from '../outputs/whole-file.ts';
import { FORMATS, type FormatName, type FormatOptions } from './formats.ts';
import type { LabeledPicture } from './results.ts';

/** Writes a dataset into a folder. */
export interface DatasetPlan {
  readonly folder: string;
  readonly format: FormatName;
  readonly withImages: boolean;
}

/** Copies pictures if requested, and writes their per-picture files. @throws PictureError for a picture that no longer exists */
export async function writePictures(
  plan: DatasetPlan,
  pictures: readonly LabeledPicture[],
  options: FormatOptions,
): Promise<void> {
  const { each, pictureOf } = FORMATS[plan.format];
  for (const picture of pictures) {
    if (plan.withImages) await copyWhole(picture.path, join(plan.folder, pictureOf(picture)));
    for (const { path, text } of each(picture, options)) await writeWhole(join(plan.folder, path), text);
  }
}

/** Writes missing per-picture files of an earlier run. */
export async function completePictures(
  plan: DatasetPlan,
  pictures: readonly LabeledPicture[],
  options: FormatOptions,
): Promise<void> {
  const { each, pictureOf } = FORMATS[plan.format];
  for (const picture of pictures) {
    for (const { path, text } of each(picture, options)) {
      if (!existsSync(join(plan.folder, path))) await writeWhole(join(plan.folder, path), text);
    }
    const copy = join(plan.folder, pictureOf(picture));
    if (plan.withImages && !existsSync(copy)) await copyWhole(picture.path, copy);
  }
}

/** Writes the files that cover all pictures. @returns the files, relative to the folder */
export async function writeDataset(
  plan: DatasetPlan,
  pictures: readonly LabeledPicture[],
  options: FormatOptions,
): Promise<string[]> {
  const files = FORMATS[plan.format].whole(pictures, options);
  for (const { path, text } of files) await writeWhole(join(plan.folder, path), text);
  return files.map(({ path }) => path);
}
