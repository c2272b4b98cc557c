import { lstat, mkdir, readlink, realpath, rm, stat, symlink } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import {
  type CaptionShard,
  captionShards,
  type FileAccess,
  type GroundedImage,
  groundingJson,
  openCaptionShard,
  phraseCocoJson,
} from '@glip-wgpu/datasets';
import { isLeftOut, NO_RESULTS, type ShardSummary, withRecord } from '@glip-wgpu/glip-train/pseudo-labels';
import { codeOf, InputError, systemReason } from '../../inputs/input-error.ts';
import { writeWhole } from '../../outputs/whole-file.ts';
import type { CaptionFormat, CaptionPlan } from './caption-plan.ts';
import type { ShardResults } from './shard-results.ts';

const WRITERS = { grounding: groundingJson, coco: phraseCocoJson } satisfies Record<CaptionFormat, unknown>;
const PICTURES = 'images';

/** Counts of a run, and the first reasons why pairs were left out. */
export interface CaptionReport {
  readonly summary: ShardSummary;
  readonly reasons: readonly string[];
  /** List of all reasons. */
  readonly list: string;
}

const SHOWN = 5;

/** Counts the results, and writes the list of what was left out. */
export async function reportOf(
  { folder }: CaptionPlan,
  results: ShardResults,
  shards: number,
): Promise<CaptionReport> {
  let summary = NO_RESULTS;
  const reasons: string[] = [];
  const list = join(folder, 'left-out.txt');
  async function* lines(): AsyncGenerator<Uint8Array, void> {
    for await (const record of results.records(shards)) {
      summary = withRecord(summary, record);
      if (!isLeftOut(record)) continue;
      const { file, line, leftOut } = record;
      const text = `${file}${line === undefined ? '' : `:${line}`}: ${leftOut}`.replace(/[\r\n]+/g, ' ');
      if (reasons.length < SHOWN) reasons.push(text);
      yield new TextEncoder().encode(`${text}\n`);
    }
  }
  await writeWhole(list, lines());
  if (summary.leftOut === 0) await rm(list);
  return { summary, reasons, list };
}

/**
 * Writes the datasets, each a folder with `annotations.json`, and `images`, which leads to the pictures.
 *
 * @returns the folders
 * @throws InputError for a file that cannot be written
 */
export async function writeCaptionData(
  plan: CaptionPlan,
  results: ShardResults,
  shards: number,
): Promise<string[]> {
  const { folder, formats, source, withImages } = plan;
  const pictures = withImages ? join(folder, PICTURES) : source;
  if (withImages) await copyPictures(plan, results, pictures);
  const written: string[] = [];
  for (const format of formats) {
    const dataset = join(folder, format);
    async function* images(): AsyncGenerator<GroundedImage, void> {
      for await (const record of results.records(shards)) {
        if (!isLeftOut(record)) yield { ...record, file: `${PICTURES}/${record.file}` };
      }
    }
    await mkdir(dataset, { recursive: true });
    await linkFolder(pictures, dataset);
    await writeWhole(join(dataset, 'annotations.json'), WRITERS[format](images));
    written.push(dataset);
  }
  return written;
}

/** Copies the labeled pictures that are not there yet, those in archives below their archive's name. */
async function copyPictures({ files }: CaptionPlan, results: ShardResults, pictures: string): Promise<void> {
  await mkdir(pictures, { recursive: true });
  let index = 0;
  for await (const shard of captionShards(files)) {
    const labeled = new Set<string>();
    for await (const record of results.shardRecords(index++)) {
      if (!isLeftOut(record)) labeled.add(record.file);
    }
    if (labeled.size > 0) await copyShard(files, shard, labeled, pictures);
  }
}

async function copyShard(
  files: FileAccess,
  shard: CaptionShard,
  labeled: ReadonlySet<string>,
  pictures: string,
): Promise<void> {
  const open = await openCaptionShard(files, shard);
  for (let i = 0; i < open.length; i++) {
    const pair = await open.at(i);
    if ('kind' in pair || !labeled.has(pair.path)) continue;
    const target = join(pictures, pair.path);
    const there = await stat(target).catch(() => undefined);
    if (!there) await writeWhole(target, await pair.bytes());
  }
}

/** Links the pictures' folder into a dataset, so that it is whole. */
async function linkFolder(pictures: string, dataset: string): Promise<void> {
  const path = join(dataset, PICTURES);
  const target = relative(await realpath(dataset), await realpath(pictures));
  const there = await lstat(path).catch(() => undefined);
  if (there?.isSymbolicLink()) {
    if ((await readlink(path)) === target) return;
    await rm(path);
  } else if (there) {
    throw new InputError(`${path}: expected a link to the pictures; move it away`);
  }
  try {
    // Windows links folders without rights only by junctions, whose paths are absolute.
    if (process.platform === 'win32') await symlink(resolve(pictures), path, 'junction');
    else await symlink(target, path, 'dir');
  } catch (cause) {
    const advice = codeOf(cause) === 'EPERM' ? '; this disk has no links: choose another output folder' : '';
    throw new InputError(`${path}: cannot be linked: ${systemReason(cause)}${advice}`, { cause });
  }
}
