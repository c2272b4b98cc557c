import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findNounPhrases, type PromptInput } from '@glip-wgpu/glip-core';
import type { MergedRun, PlanHeader, Settings, ShardSource, ShardTask } from '@glip-wgpu/glip-queue';
import type { Values } from '../arguments/command.ts';
import { selectionOf } from '../arguments/detection.ts';
import { choiceOf, countOf, shareOf } from '../arguments/numbers.ts';
import { labelsOf, type Wanted, wantedOf } from '../arguments/prompt.ts';
import { tellWarnings } from '../each-picture.ts';
import { InputError } from '../inputs/input-error.ts';
import type { NamedClass } from '../inputs/names-file.ts';
import { pathsInside, picturePaths } from '../inputs/picture-paths.ts';
import { datasetLabels } from '../label/classes.ts';
import { type DatasetPlan, writeDataset, writePictures } from '../label/dataset.ts';
import { FORMAT_NAMES, FORMATS, type FormatName, type FormatOptions } from '../label/formats.ts';
import type { LABEL_OPTIONS } from '../label/plan.ts';
import type { LabeledPicture } from '../label/results.ts';
import { splitFiles } from '../label/split.ts';
import { chosenModel } from '../model.ts';
import { complain, print } from '../outputs/terminal.ts';
import { prepareFolder } from '../outputs/whole-file.ts';
import { followRun } from './follow.ts';
import { glipTask } from './glip-task.ts';
import { type ModelValues, modelIdentity, modelValues } from './model-identity.ts';
import { placeOf, refuseWithQueue } from './options.ts';
import { type QueuePackage, queuePackage } from './package.ts';

const SHARD_SIZE = 500;
const ARCHIVE = /\.tar(\?|$)/i;

type LabelValues = Values<typeof LABEL_OPTIONS>;

/** Settings that merging needs besides the rows. */
interface LabelOptions extends Settings {
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

/** Shards of the arguments: archives as they are, pictures in parts. */
async function sourcesOf(
  positionals: readonly string[],
  outDir: string,
  size = SHARD_SIZE,
): Promise<{ sources: ShardSource[]; files: readonly string[] }> {
  const archives = positionals.filter((name) => ARCHIVE.test(name));
  const pictures = positionals.filter((name) => !ARCHIVE.test(name));
  const names = pathsInside(archives.map((name) => (/^https?:/i.test(name) ? new URL(name).pathname : name)));
  const sources = archives.map((name, i): ShardSource => {
    const location = /^https?:/i.test(name) ? name : resolve(name);
    return { kind: 'tar', location, name: names[i].replace(/\.tar$/i, '') };
  });
  if (pictures.length === 0 && archives.length > 0) return { sources, files: [] };
  const { paths } = await picturePaths(pictures, 'label', outDir);
  const files = pathsInside(paths);
  return { sources: [...sources, ...inParts(paths, files, size)], files };
}

/** Pictures in shards of a size. */
export function inParts(paths: readonly string[], names: readonly string[], size: number): ShardSource[] {
  return Array.from({ length: Math.ceil(paths.length / size) }, (_, i) => ({
    kind: 'pictures',
    paths: paths.slice(i * size, (i + 1) * size).map((path) => resolve(path)),
    names: names.slice(i * size, (i + 1) * size),
  }));
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

function formatOptions(
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

interface LabelRow {
  readonly name: string;
  readonly error?: string;
  readonly width: number;
  readonly height: number;
  readonly detections: LabeledPicture['detections'];
  readonly labels?: readonly string[];
}

/** A file of the dataset. */
export interface WrittenFile {
  /** Relative to the dataset's folder. */
  readonly path: string;
  readonly sha256: string;
}

/** Writes the dataset of all shards, as one process would. @returns its files, apart from copies of pictures */
export async function mergeLabels(
  folder: string,
  merged: MergedRun,
  to?: string,
): Promise<readonly WrittenFile[]> {
  const options = { ...(merged.options as LabelOptions), ...(to !== undefined && { outDir: resolve(to) }) };
  const { outDir, share, format, withImages } = options;
  const paths = withImages ? await pathsOf(folder) : new Map<string, string>();
  const rows: LabelRow[] = [];
  for await (const row of merged.rows()) rows.push(row as unknown as LabelRow);
  const names = rows.map(({ name }) => name);
  const parts = share === null ? new Map() : splitFiles(names, share);
  const pictures = rows
    .filter(({ error }) => error === undefined)
    .map(({ name, width, height, detections }): LabeledPicture => {
      const path = paths.get(name) ?? name;
      return { path, file: name, part: parts.get(name), width, height, detections, stamp: '' };
    });
  const { caption } = (merged.settings as { prompt: PromptInput }).prompt;
  const phrases = findNounPhrases(caption ?? '').map(([start, end]) => caption?.slice(start, end) ?? '');
  const labels = [...new Set([...phrases, ...rows.flatMap(({ labels = [] }) => labels)])];
  const plan: DatasetPlan = { folder: outDir, format, withImages };
  await prepareFolder(outDir);
  await writePictures(plan, pictures, formatOptions(options, labels));
  const written = await writeDataset(plan, pictures, formatOptions(options, labels));
  for (const { error } of rows) if (error !== undefined) complain(`glip: ${error}; left out`);
  const boxes = pictures.reduce((sum, { detections }) => sum + detections.length, 0);
  print(
    `${pictures.length} ${pictures.length === 1 ? 'picture' : 'pictures'}, ${boxes} boxes; wrote ${outDir}`,
  );
  if (pictures.length < rows.length) process.exitCode = 1;
  const each = pictures.flatMap((picture) => FORMATS[format].each(picture, formatOptions(options, labels)));
  const whole = await Promise.all(
    written.map(async (path) => ({ path, sha256: sha256Of(await readFile(join(outDir, path))) })),
  );
  return [...whole, ...each.map(({ path, text }) => ({ path, sha256: sha256Of(text) }))];
}

function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Files of the pictures by their names. */
async function pathsOf(folder: string): Promise<Map<string, string>> {
  const { planLines } = await queuePackage();
  const paths = new Map<string, string>();
  for await (const { shard } of planLines(folder)) {
    const { source } = shard;
    if (source.kind !== 'pictures') continue;
    for (const [i, name] of source.names.entries()) paths.set(name, source.paths[i]);
  }
  return paths;
}
