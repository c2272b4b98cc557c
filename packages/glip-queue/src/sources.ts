import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FileAccess, openCaptionShard, withArchives } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import { ItemError, QueueError, reasonOf } from './queue-error.ts';
import { remoteState, urlFile } from './remote-file.ts';
import type { CaptionSource, MemberList, PictureList, ShardItem, ShardSource, TarShard } from './shard.ts';

const PICTURE = /\.(jpe?g|jpe|jfif|png|webp|avif|gif|tiff?)$/i;
const ARCHIVE = 'shard.tar'; // under this name, whatever its own

/** True for a source that is read over the network. */
function isUrl(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

/**
 * The state of a source without reading it: sizes and times of files, or what the server says of a URL.
 *
 * @throws QueueError 'bad-shards' for files that cannot be read
 */
export async function stampOfSource(source: ShardSource): Promise<string> {
  if (source.kind === 'captions') return '';
  if (source.kind !== 'pictures' && isUrl(source.location)) return remoteState(source.location);
  const paths = source.kind === 'pictures' ? source.paths : [source.location];
  const hash = createHash('sha256');
  for (const path of paths) {
    const there = await stat(path).catch((cause) => {
      if (source.kind === 'pictures') return undefined; // named when it is read
      throw new QueueError('bad-shards', `${path}: ${reasonOf(cause)}`, { cause });
    });
    hash.update(`${there?.size} ${there?.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * SHA-256 of a source's content. Pictures that cannot be read count as such. Of a URL, which is not read for this, the
 * server's identification of its state.
 */
export async function contentOf(source: ShardSource): Promise<string> {
  if (source.kind === 'captions') return captionContent(source);
  const hash = createHash('sha256');
  if (source.kind === 'tar') {
    if (isUrl(source.location)) return remoteState(source.location);
    try {
      for await (const chunk of createReadStream(source.location, { highWaterMark: 1 << 20 }))
        hash.update(chunk);
    } catch (cause) {
      throw new QueueError('bad-shards', `${source.location}: ${reasonOf(cause)}`, { cause });
    }
    return hash.digest('hex');
  }
  if (source.kind === 'members' && isUrl(source.location)) {
    const { names, ranges, inputs } = source;
    hash.update(`${await remoteState(source.location)}\n${JSON.stringify([names, ranges, inputs])}\n`);
    return hash.digest('hex');
  }
  const reads =
    source.kind === 'pictures' ? source.paths.map((path) => () => readFile(path)) : rangeReads(source);
  for (const [i, read] of reads.entries()) {
    const bytes = await read().catch(() => undefined);
    const digest = bytes ? createHash('sha256').update(bytes).digest('hex') : 'unreadable';
    const input = source.inputs === undefined ? '' : ` ${JSON.stringify(source.inputs[i])}`;
    hash.update(`${JSON.stringify(source.names[i])} ${digest}${input}\n`);
  }
  return hash.digest('hex');
}

/** Pictures of a shard, in the order of the list or of the archive. @throws Error for an archive that is damaged */
export async function itemsOf(source: PictureList | MemberList | TarShard): Promise<readonly ShardItem[]> {
  if (source.kind === 'members') {
    return rangeReads(source).map((read, i) => ({
      name: source.names[i],
      input: source.inputs?.[i],
      bytes: () => readable(source.names[i], read()),
      caption: async () => undefined,
    }));
  }
  if (source.kind === 'pictures') {
    return source.paths.map((path, i) => ({
      name: source.names[i],
      input: source.inputs?.[i],
      bytes: () => readable(source.names[i], readFile(path)),
      caption: async () => undefined,
    }));
  }
  const { files, paths } = await withArchives(archiveAt(source.location), [ARCHIVE]);
  const all = new Set(paths);
  return paths
    .filter((path) => PICTURE.test(path))
    .map((member) => ({
      name: source.name === '' ? member : `${source.name}/${member}`,
      bytes: () => readable(member, files.bytes(member)),
      async caption() {
        const text = member.replace(/\.[^./]*$/, '.txt');
        return all.has(text) ? (await files.text(text)).trim() : undefined;
      },
    }));
}

function rangeReads({ location, ranges }: MemberList): (() => Promise<Uint8Array>)[] {
  const { bytes } = archiveAt(location);
  return ranges.map(([start, end]) => async () => {
    const found = await bytes(ARCHIVE, start, end);
    if (found.length !== end - start) throw new Error('the archive ends before it');
    return found;
  });
}

/** SHA-256 of all pairs: picture, caption, and what is wrong with those that cannot be used. */
async function captionContent({ folder, shard }: CaptionSource): Promise<string> {
  const hash = createHash('sha256');
  const open = await openCaptionShard(nodeFiles(folder), shard);
  for (let i = 0; i < open.length; i++) {
    const pair = await open.at(i);
    if ('kind' in pair) hash.update(`${JSON.stringify(pair)}\n`);
    else {
      const bytes = await pair.bytes().catch(() => undefined);
      const digest = bytes ? createHash('sha256').update(bytes).digest('hex') : 'unreadable';
      hash.update(`${JSON.stringify([pair.path, pair.caption])} ${digest}\n`);
    }
  }
  return hash.digest('hex');
}

/** @throws ItemError for bytes that cannot be read; QueueError if the server of an archive fails: the fault of no picture */
async function readable<T>(name: string, bytes: Promise<T>): Promise<T> {
  try {
    return await bytes;
  } catch (cause) {
    if (cause instanceof QueueError) throw cause;
    throw new ItemError(`${name}: cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** Reads ranges of an archive that is a file, or a URL of a server that serves ranges. */
export function archiveBytes(location: string): (start?: number, end?: number) => Promise<Uint8Array> {
  const { bytes } = archiveAt(location);
  return (start, end) => bytes(ARCHIVE, start, end);
}

/** A folder with nothing but the archive. */
function archiveAt(location: string): FileAccess {
  const remote = isUrl(location) ? urlFile(location) : undefined;
  const local = remote ? undefined : nodeFiles(dirname(location));
  const name = location.slice(location.lastIndexOf('/') + 1);
  const bytes: FileAccess['bytes'] = (_, start, end) =>
    remote ? remote(start, end) : (local as FileAccess).bytes(name, start, end);
  return {
    list: async () => [ARCHIVE],
    text: async () => new TextDecoder().decode(await bytes(ARCHIVE)),
    bytes,
  };
}
