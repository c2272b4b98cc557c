import { basename, join, resolve } from 'node:path';
import { type Dataset, type FileAccess, openDataset } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import type { ShardSource } from '@glip-wgpu/glip-queue';
import { datasetFolder, formatOf } from '../data/folder.ts';
import { type ChosenSplit, chosenSplit } from '../evaluate/split.ts';
import { InputError } from '../inputs/input-error.ts';
import { clearProgress, progress } from '../outputs/progress.ts';
import { queuePackage } from './package.ts';
import { ARCHIVE, inParts, membersInParts } from './picture-shards.ts';

/** Archives beside a dataset that are not in its folder: paths and URLs, by the names they would have there. */
export type OtherArchives = Readonly<Record<string, string>>;

/** @throws InputError for anything but archives, and for two of the same name */
export function otherArchives(positionals: readonly string[]): OtherArchives {
  const archives: Record<string, string> = {};
  for (const given of positionals) {
    if (!ARCHIVE.test(given))
      throw new InputError(`${given}: expected tar archives of the dataset's pictures`);
    const remote = /^https?:/i.test(given);
    const name = basename(remote ? new URL(given).pathname : given);
    if (name in archives) throw new InputError(`${given}: another archive has the name ${name}`);
    archives[name] = remote ? given : resolve(given);
  }
  return archives;
}

export interface SplitOptions {
  readonly format: string | undefined;
  readonly split: string | undefined;
  readonly maxImages: number | undefined;
  readonly archives: OtherArchives;
}

/** A split of a dataset, some of whose archives may lie elsewhere. */
export async function openSplit(
  data: string,
  { format, split, maxImages, archives }: SplitOptions,
): Promise<ChosenSplit & { readonly dataset: Dataset }> {
  await datasetFolder(data);
  progress(`reading ${data}`);
  const files = await withOthers(nodeFiles(data), archives);
  const dataset = await openDataset(files, { format: formatOf({ format }) });
  clearProgress();
  const chosen = chosenSplit(dataset, split);
  return { dataset, name: chosen.name, images: chosen.images.slice(0, maxImages) };
}

/** Files with further archives at the top of the folder. */
async function withOthers(files: FileAccess, archives: OtherArchives): Promise<FileAccess> {
  const names = Object.keys(archives);
  if (names.length === 0) return files;
  const { archiveBytes } = await queuePackage();
  const readers = new Map(names.map((name) => [name, archiveBytes(archives[name])]));
  return {
    list: async (path) =>
      path === '' ? [...new Set([...(await files.list('')), ...names])] : files.list(path),
    text: (path) => files.text(path),
    bytes: (path, start, end) => readers.get(path)?.(start, end) ?? files.bytes(path, start, end),
  };
}

/** Shards of a dataset's pictures: files, and for each archive its members. */
export function datasetSources(
  { memberAt }: Dataset,
  data: string,
  {
    paths,
    archives,
    size,
  }: {
    readonly paths: readonly string[];
    readonly archives: OtherArchives;
    readonly size: number | undefined;
  },
): ShardSource[] {
  const names = paths.filter((path) => memberAt(path) === undefined);
  const sources = inParts({ names, paths: names.map((path) => join(data, path)) }, size);
  const members = new Map<string, { names: string[]; ranges: [number, number][] }>();
  for (const path of paths) {
    const member = memberAt(path);
    if (member === undefined) continue;
    const own = members.get(member.archive) ?? { names: [], ranges: [] };
    own.names.push(path);
    own.ranges.push([member.start, member.end]);
    members.set(member.archive, own);
  }
  for (const [archive, own] of members)
    sources.push(...membersInParts({ location: archives[archive] ?? resolve(data, archive), ...own }, size));
  return sources;
}
