import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { FileAccess } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import type { GlipTeacherOptions } from '@glip-wgpu/glip-train/pseudo-labels';
import type { Values } from '../../arguments/command.ts';
import { selectionOf } from '../../arguments/detection.ts';
import { choiceOf, countOf } from '../../arguments/numbers.ts';
import { datasetFolder } from '../../data/folder.ts';
import { InputError } from '../../inputs/input-error.ts';
import { type ChosenModel, chosenModel } from '../../model.ts';
import { modelSettings } from '../../model-settings.ts';
import type { Settings } from '../../outputs/journal.ts';
import { prepareFolder } from '../../outputs/whole-file.ts';
import type { LABEL_OPTIONS } from '../plan.ts';

/** Datasets that labeled captions are written as, each a folder. */
export const CAPTION_FORMATS = ['grounding', 'coco'] as const;
export type CaptionFormat = (typeof CAPTION_FORMATS)[number];

/** Plan of labeled captions, checked before the first picture. */
export interface CaptionPlan {
  /** Folder of the pictures and captions, and its files. */
  readonly source: string;
  readonly files: FileAccess;
  /** Output folder. */
  readonly folder: string;
  readonly formats: readonly CaptionFormat[];
  readonly withImages: boolean;
  readonly teacher: GlipTeacherOptions;
  readonly batch: number;
  readonly model: ChosenModel;
  /** Settings that the results depend on. */
  readonly settings: Settings;
  /** Folder of the results of each shard. */
  readonly results: string;
}

const MIN_SCORE = 0.5; // spec 4.6
const OTHERS = ['split', 'category', 'categories', 'categories-file', 'caption', 'image-url'] as const;

/** @throws InputError for options that do not go together, and folders that cannot be used */
export async function captionPlan(
  values: Values<typeof LABEL_OPTIONS>,
  positionals: readonly string[],
): Promise<CaptionPlan> {
  const { captions: source = '', 'out-dir': folder, 'with-images': withImages = false } = values;
  const other = OTHERS.find((option) => values[option] !== undefined);
  if (other) throw new InputError(`--${other}: with --captions, the captions say what to find; leave it out`);
  if (positionals.length > 0) {
    throw new InputError(`${positionals[0]}: with --captions, the pictures are those in ${source}`);
  }
  const format = choiceOf('format', values.format, CAPTION_FORMATS);
  if (!folder) throw new InputError('name the output folder: --out-dir DIR');
  const { threshold = MIN_SCORE, ...selection } = selectionOf(values);
  const batch = countOf('batch', values.batch) ?? 1;
  const model = chosenModel(values);
  await datasetFolder(source);
  await prepareFolder(folder);
  if (await isInside(folder, source)) {
    throw new InputError(`--out-dir ${folder}: it is inside of ${source}; choose a folder outside`);
  }
  const settings = { ...(await modelSettings(values)), threshold, ...selection, batch };
  return {
    source,
    files: nodeFiles(source),
    folder,
    formats: format ? [format] : CAPTION_FORMATS,
    withImages,
    teacher: { minScore: threshold, ...selection },
    batch,
    model,
    settings,
    results: join(folder, '.glip-label'),
  };
}

/** True for the folder itself and everything below it. */
async function isInside(path: string, folder: string): Promise<boolean> {
  const [inner, outer] = await Promise.all([realpath(path), realpath(folder)]);
  return `${inner}${sep}`.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`);
}
