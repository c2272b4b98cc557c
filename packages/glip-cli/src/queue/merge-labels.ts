import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findNounPhrases, type PromptInput } from '@glip-wgpu/glip-core';
import type { MergedRun } from '@glip-wgpu/glip-queue';
import { type DatasetPlan, writeDataset, writePictures } from '../label/dataset.ts';
import { FORMATS } from '../label/formats.ts';
import type { LabeledPicture } from '../label/results.ts';
import { splitFiles } from '../label/split.ts';
import { complain, print } from '../outputs/terminal.ts';
import { prepareFolder } from '../outputs/whole-file.ts';
import { formatOptions, type LabelOptions } from './label-shards.ts';
import { queuePackage } from './package.ts';

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
