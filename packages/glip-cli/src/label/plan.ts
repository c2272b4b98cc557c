import { join } from 'node:path';
import type { PromptInput } from '@glip-wgpu/glip-core';
import type { Values } from '../arguments/command.ts';
import { DETECTION_OPTIONS, type Selection, selectionOf } from '../arguments/detection.ts';
import { choiceOf, countOf, shareOf } from '../arguments/numbers.ts';
import { labelsOf, PROMPT_OPTIONS, wantedOf } from '../arguments/prompt.ts';
import { STDIN } from '../image-file.ts';
import { InputError } from '../inputs/input-error.ts';
import { pathsInside, picturePaths } from '../inputs/picture-paths.ts';
import { type ChosenModel, chosenModel, MODEL_OPTION, MODEL_OPTIONS } from '../model.ts';
import { modelSettings } from '../model-settings.ts';
import type { Settings } from '../outputs/journal.ts';
import { prepareFolder } from '../outputs/whole-file.ts';
import { SHARD_OPTIONS } from '../queue/options.ts';
import { datasetLabels } from './classes.ts';
import { FORMAT_NAMES, FORMATS, type FormatName, type FormatOptions } from './formats.ts';
import { splitFiles } from './split.ts';

export const LABEL_OPTIONS = {
  captions: {
    type: 'string',
    value: 'DIR',
    help: 'instead of IMAGE: pictures with captions, whose noun phrases are found; tar archives of img2dataset, text files beside pictures, or JSON lines',
    elsewhere: ['captions-dir', 'webdataset'],
  },
  format: {
    type: 'string',
    value: 'FORMAT',
    help: `${FORMAT_NAMES.join(', ')}; with --captions, grounding or coco (both)`,
  },
  'out-dir': {
    type: 'string',
    value: 'DIR',
    help: 'where the files are written',
    elsewhere: ['out', 'output', 'output-dir'],
  },
  'with-images': {
    type: 'boolean',
    help: 'copy the pictures to where the format expects them',
  },
  split: {
    type: 'string',
    value: '0.2',
    help: 'fraction of the pictures for validation; the others are for training',
    elsewhere: ['val', 'val-split'],
  },
  resume: { type: 'boolean', help: 'continue a run that was stopped or that skipped pictures' },
  ...PROMPT_OPTIONS,
  ...MODEL_OPTION,
  ...DETECTION_OPTIONS,
  batch: {
    type: 'string',
    value: 'N',
    help: 'pictures per pass (1); more are faster on large GPUs, and change scores and boxes slightly',
    elsewhere: ['batch-size'],
  },
  'image-url': {
    type: 'string',
    value: 'URL',
    help: "where Label Studio finds the pictures; each one's path is put behind it",
  },
  quiet: { type: 'boolean', help: 'print errors only' },
  ...SHARD_OPTIONS,
  ...MODEL_OPTIONS,
} as const;

/** Plan of a dataset, fully checked before the first picture. */
export interface LabelPlan {
  readonly folder: string;
  readonly format: FormatName;
  readonly withImages: boolean;
  readonly paths: readonly string[];
  /** Names in the dataset, one per path. */
  readonly files: readonly string[];
  /** Fraction of the pictures for validation. */
  readonly share: number | undefined;
  readonly prompt: PromptInput;
  readonly selection: Selection;
  readonly batch: number | undefined;
  readonly model: ChosenModel;
  /** Settings that the results depend on. */
  readonly settings: Settings;
  /** File of the results so far. */
  readonly journal: string;
  /** Format options for the searched labels; an order or numbers of the user's names take precedence. */
  formatOptions(searched: readonly string[]): FormatOptions;
}

/** @throws InputError or ExportError for anything that could not be written at the end */
export async function labelPlan(
  values: Values<typeof LABEL_OPTIONS>,
  positionals: readonly string[],
): Promise<LabelPlan> {
  const format = choiceOf('format', values.format ?? '', FORMAT_NAMES) as FormatName;
  const folder = values['out-dir'];
  if (!folder) throw new InputError('name the output folder: --out-dir DIR');
  const { paths } = await picturePaths(positionals, 'label', folder);
  if (paths.includes(STDIN)) throw new InputError('-: a dataset has files; give pictures by their names');
  const wanted = await wantedOf(values);
  const { prompt, classes } = wanted;
  const selection = selectionOf(values);
  const batch = countOf('batch', values.batch);
  const share = shareOf('split', values.split);
  const model = chosenModel(values);
  const files = pathsInside(paths);
  const formatOptions = (searched: readonly string[]): FormatOptions => ({
    labels: classes ? datasetLabels(classes, format) : [...new Set([...labelsOf(wanted), ...searched])],
    split: share !== undefined,
    imageUrl: values['image-url'] ?? '',
  });
  refuseNames(format, files, share, formatOptions([]));
  await prepareFolder(folder);
  const numbering = classes?.map(({ yolo = null, coco = null }) => [yolo, coco]);
  const settings = { ...(await modelSettings(values)), prompt, numbering, ...selection };
  const withImages = values['with-images'] ?? false;
  return {
    folder,
    format,
    withImages,
    paths,
    files,
    share,
    prompt,
    selection,
    batch,
    model,
    settings,
    journal: join(folder, '.glip-label.jsonl'),
    formatOptions,
  };
}

/** Dry run with empty pictures. @throws ExportError for names and labels that the format cannot hold */
function refuseNames(
  format: FormatName,
  files: readonly string[],
  share: number | undefined,
  options: FormatOptions,
): void {
  const parts = splitFiles(files, share ?? 0);
  const empty = { width: 1, height: 1, detections: [] };
  FORMATS[format].whole(
    files.map((file) => ({ ...empty, file, part: share === undefined ? undefined : parts.get(file) })),
    options,
  );
}
