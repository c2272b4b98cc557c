import { resolve } from 'node:path';
import type { MemberList, ShardSource } from '@glip-wgpu/glip-queue';
import { pathsInside, picturePaths } from '../inputs/picture-paths.ts';

const SHARD_SIZE = 500;
/** Names of archives: paths, and URLs that may have a query. */
export const ARCHIVE = /\.tar(\?|$)/i;

/**
 * Shards of the arguments of `glip label`: archives as they are, pictures in parts.
 *
 * @param size  pictures in a part (500)
 * @returns the shards, and the names of all picture files
 */
export async function sourcesOf(
  positionals: readonly string[],
  outDir: string,
  size?: number,
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
  return { sources: [...sources, ...inParts({ paths, names: files }, size)], files };
}

/** Pictures to cut into shards. */
export interface Pictures {
  readonly paths: readonly string[];
  /** In the results, one per path. */
  readonly names: readonly string[];
  /** Inputs of the task beside the pictures, such as a prompt for each; JSON, one per path. */
  readonly inputs?: readonly object[];
}

/** Pictures in shards of a size. */
export function inParts({ paths, names, inputs }: Pictures, size = SHARD_SIZE): ShardSource[] {
  return Array.from({ length: Math.ceil(paths.length / size) }, (_, i) => {
    const [from, to] = [i * size, (i + 1) * size];
    return {
      kind: 'pictures',
      paths: paths.slice(from, to).map((path) => resolve(path)),
      names: names.slice(from, to),
      ...(inputs && { inputs: inputs.slice(from, to) }),
    };
  });
}

/** Members of an archive in shards of a size. */
export function membersInParts(
  { location, names, ranges }: Omit<MemberList, 'kind'>,
  size = SHARD_SIZE,
): ShardSource[] {
  return Array.from({ length: Math.ceil(names.length / size) }, (_, i) => {
    const [from, to] = [i * size, (i + 1) * size];
    return { kind: 'members', location, names: names.slice(from, to), ranges: ranges.slice(from, to) };
  });
}
