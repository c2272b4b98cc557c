import { resolve } from 'node:path';
import type { PromptInput } from '@glip-wgpu/glip-core';
import type { PlanHeader, Settings, ShardTask } from '@glip-wgpu/glip-queue';
import type { Values } from '../arguments/command.ts';
import { selectionOf } from '../arguments/detection.ts';
import { choiceOf, countOf, shareOf } from '../arguments/numbers.ts';
import { labelsOf, type Wanted, wantedOf } from '../arguments/prompt.ts';
import { tellWarnings } from '../each-picture.ts';
import { InputError } from '../inputs/input-error.ts';
import type { NamedClass } from '../inputs/names-file.ts';
import { datasetLabels } from '../label/classes.ts';
import { FORMAT_NAMES, FORMATS, type FormatName, type FormatOptions } from '../label/formats.ts';
import type { LABEL_OPTIONS } from '../label/plan.ts';
import { chosenModel } from '../model.ts';
import { prepareFolder } from '../outputs/whole-file.ts';
import { followRun } from './follow.ts';
import { glipTask } from './glip-task.ts';
import { type ModelValues, modelIdentity, modelValues } from './model-identity.ts';
import { placeOf, refuseWithQueue } from './options.ts';
import type { QueuePackage } from './package.ts';
import { sourcesOf } from './picture-shards.ts';

type LabelValues = Values<typeof LABEL_OPTIONS>;

/** Settings that merging needs besides the rows. */
export interface LabelOptions extends Settings {
  readonly command: 'label';
  readonly model: ModelValues;
  readonly format: FormatName;
  readonly outDir: string;
  readonly withImages: boolean;
  readonly share: number | null;
  readonly imageUrl: string;
  readonly classes: readonly NamedClass[] | null;
}

/** `glip label --queue`: labels on many machines. @returns true once all results are in the folder of shards */
export async function labelOnQueue(values: LabelValues, positionals: readonly string[]): Promise<boolean> {
  refuseWithQueue(values, ['batch', 'resume']);
  const folder = values.shards;
  if (folder === undefined) throw new InputError('name a folder that all machines see: --shards DIR');
  const place = await placeOf(values);
  const format = choiceOf('format', values.format ?? '', FORMAT_NAMES) as FormatName;
  const outDir = values['out-dir'];
  if (!outDir) throw new InputError('name the output folder: --out-dir DIR');
  const wanted = await wantedOf(values);
  const { sources, files } = await sourcesOf(
    positionals,
    outDir,
    countOf('shard-size', values['shard-size']),
  );
  const withImages = values['with-images'] ?? false;
  if (withImages && sources.some(({ kind }) => kind === 'tar'))
    throw new InputError('--with-images: pictures of archives stay in them; leave it out');
  chosenModel(values); // checks its options
  const options: LabelOptions = {
    ...{ command: 'label', model: modelValues(values), format, outDir: resolve(outDir), withImages },
    ...{ share: shareOf('split', values.split) ?? null, imageUrl: values['image-url'] ?? '' },
    classes: wanted.classes ?? null,
  };
  refuseNames(options, wanted, files);
  await prepareFolder(outDir);
  await prepareFolder(folder);
  const settings = await labelSettings(wanted.prompt, { ...selectionOf(values) }, values);
  return followRun({ place, folder, settings, options, sources, command: 'glip label' });
}

async function labelSettings(
  prompt: PromptInput,
  selection: Settings,
  model: ModelValues,
): Promise<Settings> {
  return JSON.parse(JSON.stringify({ task: 'label', prompt, selection, ...(await modelIdentity(model)) }));
}

/** Dry run with empty pictures. @throws ExportError for names and labels that the format cannot hold */
function refuseNames(options: LabelOptions, wanted: Wanted, files: readonly string[]): void {
  const part = options.share === null ? undefined : 'train';
  const empty = { width: 1, height: 1, detections: [] };
  FORMATS[options.format].whole(
    files.map((file) => ({ ...empty, file, part })),
    formatOptions(options, labelsOf(wanted)),
  );
}

/** Options of the format's writer. */
export function formatOptions(
  { classes, format, share, imageUrl }: LabelOptions,
  labels: readonly string[],
): FormatOptions {
  return { labels: classes ? datasetLabels(classes, format) : labels, split: share !== null, imageUrl };
}

/** The task of workers. @param own  options of the worker, where its paths differ */
export async function labelTask(
  queue: QueuePackage,
  { settings, options }: PlanHeader,
  own: ModelValues,
): Promise<ShardTask> {
  const { prompt, selection } = settings as { prompt: PromptInput; selection: Settings };
  const model = { ...(options as LabelOptions).model, ...own };
  return glipTask(queue, {
    settings: await labelSettings(prompt, selection, model),
    model,
    async find(glip, image, _, signal) {
      const found = await glip.detect(image, prompt, { ...selection, signal });
      tellWarnings(found);
      const detections = found.map(({ label, box, score }) => ({ label, box, score }));
      // Labels of categories are those of the run; noun phrases of a caption depend on the model.
      const labels = prompt.caption === undefined ? {} : { labels: found.labels.map(({ label }) => label) };
      return { detections, ...labels };
    },
  });
}
