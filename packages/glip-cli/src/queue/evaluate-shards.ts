import { resolve } from 'node:path';
import type { LabeledBox } from '@glip-wgpu/datasets';
import type { MergedRun, PlanHeader, Settings, ShardTask } from '@glip-wgpu/glip-queue';
import { evaluateDetector, glipDetector } from '@glip-wgpu/glip-train';
import type { Values } from '../arguments/command.ts';
import { countOf } from '../arguments/numbers.ts';
import type { DATASET_OPTIONS } from '../data/folder.ts';
import { tellWarnings } from '../each-picture.ts';
import { reportEvaluation } from '../evaluate/report.ts';
import { InputError, PictureError } from '../inputs/input-error.ts';
import { chosenAdapter, chosenModel, DEFAULT_MODEL } from '../model.ts';
import { complain } from '../outputs/terminal.ts';
import { prepareFolder } from '../outputs/whole-file.ts';
import { datasetSources, type OtherArchives, openSplit, otherArchives } from './dataset-shards.ts';
import { followRun } from './follow.ts';
import { glipTask } from './glip-task.ts';
import { type ModelValues, modelIdentity, modelValues } from './model-identity.ts';
import { placeOf, refuseWithQueue, type SHARD_OPTIONS } from './options.ts';
import type { QueuePackage } from './package.ts';

type EvaluateValues = ModelValues &
  Values<typeof SHARD_OPTIONS & typeof DATASET_OPTIONS> & {
    readonly split?: string;
    readonly out?: string;
    readonly json?: boolean;
    readonly pictures?: string;
    readonly 'max-images'?: string;
    readonly 'categories-per-prompt'?: string;
  };

/** Settings that the evaluation needs besides the rows. */
interface EvaluateOptions extends Settings {
  readonly command: 'evaluate';
  readonly model: ModelValues;
  /** The folder of data, and as it was named. */
  readonly data: string;
  readonly shown: string;
  readonly archives: OtherArchives;
  readonly format: string | null;
  readonly split: string;
  readonly maxImages: number | null;
  readonly out: string | null;
  readonly pictures: number;
}

/** `glip evaluate --queue`: finds boxes on many machines. @returns true once all results are in the folder of shards */
export async function evaluateOnQueue(
  values: EvaluateValues,
  data: string,
  positionals: readonly string[],
): Promise<boolean> {
  refuseWithQueue(values, ['resume', 'manual-prompts']);
  const folder = values.shards;
  if (folder === undefined) throw new InputError('name a folder that all machines see: --shards DIR');
  const place = await placeOf(values);
  const maxImages = countOf('max-images', values['max-images']);
  chosenModel(values, await chosenAdapter(values)); // checks its options
  const archives = otherArchives(positionals);
  const size = countOf('shard-size', values['shard-size']);
  const opened = await openSplit(data, { format: values.format, split: values.split, maxImages, archives });
  const paths = [...new Set(opened.images.map(({ path }) => path))];
  const { out } = values;
  if (out !== undefined) await prepareFolder(out);
  await prepareFolder(folder);
  const options: EvaluateOptions = {
    ...{ command: 'evaluate', model: modelValues(values), data: resolve(data), shown: data, archives },
    split: opened.name,
    format: values.format ?? null,
    maxImages: maxImages ?? null,
    out: out === undefined ? null : resolve(out),
    pictures: countOf('pictures', values.pictures) ?? 12,
  };
  const categories = opened.dataset.categories.map(({ name }) => name);
  const perPrompt = countOf('categories-per-prompt', values['categories-per-prompt']);
  const settings = await evaluateSettings(categories, perPrompt, values);
  const sources = datasetSources(opened.dataset, data, { paths, archives, size });
  return followRun({ place, folder, settings, options, sources, command: 'glip evaluate' });
}

async function evaluateSettings(
  categories: readonly string[],
  categoriesPerPrompt: number | undefined,
  model: ModelValues,
): Promise<Settings> {
  const perPrompt = categoriesPerPrompt ?? null;
  return { task: 'evaluate', categories, categoriesPerPrompt: perPrompt, ...(await modelIdentity(model)) };
}

/** The task of workers. @param own  options of the worker, where its paths differ */
export async function evaluateTask(
  queue: QueuePackage,
  { settings, options }: PlanHeader,
  own: ModelValues,
): Promise<ShardTask> {
  const { categories, categoriesPerPrompt } = settings as {
    categories: readonly string[];
    categoriesPerPrompt: number | null;
  };
  const model = { ...(options as EvaluateOptions).model, ...own };
  const perPrompt = categoriesPerPrompt ?? undefined;
  return glipTask(queue, {
    settings: await evaluateSettings(categories, perPrompt, model),
    model,
    async find(glip, image, _, signal) {
      const found = await glipDetector(glip, { categoriesPerPrompt: perPrompt, signal })(image, categories);
      tellWarnings(found);
      return { detections: found.map(({ label, box, score }) => ({ label, box, score })) };
    },
  });
}

interface EvaluateRow {
  readonly name: string;
  readonly error?: string;
  readonly detections: readonly LabeledBox[];
}

/** Figures of all shards, as one process computes them. @param to  folder of the report, if another than the run's */
export async function mergeEvaluation(
  merged: MergedRun,
  { json, to }: { readonly json: boolean; readonly to: string | undefined },
): Promise<void> {
  const options = merged.options as EvaluateOptions;
  const { format, split, maxImages, pictures, archives } = options;
  const opened = await openSplit(options.data, {
    ...{ format: format ?? undefined, split, maxImages: maxImages ?? undefined, archives },
  });
  const rows = new Map<string, EvaluateRow>();
  for await (const row of merged.rows()) rows.set(String(row['name']), row as unknown as EvaluateRow);
  const evaluation = await evaluateDetector({
    images: opened.images,
    categories: opened.dataset.categories,
    known: {
      has: ({ path }) => rows.get(path)?.error === undefined && rows.has(path),
      of: ({ path }) => rows.get(path)?.detections ?? [],
    },
    async read({ path }) {
      const row = rows.get(path);
      throw new PictureError(row?.error ?? `${path}: it was not in the plan of shards; plan them again`);
    },
    detect: async () => [],
    onImage(result) {
      if ('error' in result) complain(`glip: ${(result.error as Error).message}; left out`);
    },
  });
  const result = {
    ...evaluation,
    model: options.model.model ?? DEFAULT_MODEL,
    data: options.shown,
    split: opened.name,
  };
  const folder = to ?? options.out ?? undefined;
  if (folder !== undefined) await prepareFolder(folder);
  await reportEvaluation(opened.dataset, result, { json, out: folder, pictures });
  if (evaluation.unreadable.length > 0) process.exitCode = 1;
}
