import {
  type CaptionedPicture,
  type CaptionShard,
  DatasetError,
  type Fault,
  type FileAccess,
  type OpenShard,
  openCaptionShard,
} from '@glip-wgpu/datasets';
import { DetectionError, ImageError, PromptError, type RawImage, type RgbImage } from '@glip-wgpu/glip-core';
import { DataError } from '../data/data-error.ts';
import type { Decode } from '../data/part-request.ts';
import type { LabeledCaption, LeftOutCaption, ShardRecord } from './shard-record.ts';
import type { Teacher, TeacherInput } from './teacher.ts';

export interface LabelShardOptions {
  readonly teacher: Teacher;
  /** Decodes pictures; an error leaves the picture out, with its message. */
  readonly decode: Decode;
  /** Pairs for each call of the teacher; default 1, so that results do not depend on other pictures. */
  readonly batch?: number | undefined;
  /** Records of an earlier run, which are not made again. A multiple of `batch`, or all. */
  readonly done?: number | undefined;
  /** Ends before the next call of the teacher. */
  readonly signal?: AbortSignal | undefined;
}

/** Results of one call of the teacher. */
export interface LabeledPairs {
  readonly records: readonly ShardRecord[];
  /** Pairs of the shard so far. */
  readonly done: number;
  /** Pairs of the shard. */
  readonly total: number;
}

/**
 * Labels the captions of a shard, spec 4.6: the boxes of their noun phrases, a record for each pair of picture and caption, in
 * the shard's order. The records are a pure function of the shard's files, the teacher and `batch`; a run that was stopped goes
 * on with `done`. Pictures and captions that cannot be used have a record with the reason.
 *
 * @throws DatasetError for a shard that cannot be read, DataError for invalid options, and what ends the teacher, such as a
 *   lost GPU
 */
export async function* labelShard(
  files: FileAccess,
  shard: CaptionShard,
  { teacher, decode, batch = 1, done = 0, signal }: LabelShardOptions,
): AsyncGenerator<LabeledPairs, void> {
  const open = await openCaptionShard(files, shard);
  const total = open.length;
  if (!(Number.isSafeInteger(batch) && batch >= 1)) {
    throw new DataError('batch', `is ${batch}, expected a whole number of at least 1`);
  }
  if (!(done >= 0 && done <= total && (done % batch === 0 || done === total))) {
    throw new DataError('done', `is ${done}, expected a multiple of the batch of ${batch} up to ${total}`);
  }
  const pictures = new PictureReader(decode);
  const read = (from: number): Promise<ReadPair[]> => readPairs(open, pictures, from, from + batch);
  let next = done < total ? read(done) : undefined;
  for (let at = done; next && !signal?.aborted; at += batch) {
    const pairs = await next;
    next = at + batch < total ? read(at + batch) : undefined; // read while the teacher works
    next?.catch(() => {}); // thrown when its turn comes
    const records = await labeled(pairs, teacher, signal);
    if (records === undefined) return;
    yield { records, done: Math.min(at + batch, total), total };
  }
}

interface ReadyPair extends TeacherInput {
  readonly file: string;
}

type ReadPair = ReadyPair | LeftOutCaption;

function isReady(pair: ReadPair): pair is ReadyPair {
  return 'image' in pair;
}

async function readPairs(
  open: OpenShard,
  pictures: PictureReader,
  from: number,
  to: number,
): Promise<ReadPair[]> {
  const pairs: ReadPair[] = [];
  for (let i = from; i < Math.min(to, open.length); i++) {
    const pair = await open.at(i);
    pairs.push('kind' in pair ? leftOut(pair) : await pictures.read(pair));
  }
  return pairs;
}

function leftOut({ file, line, message }: Pick<Fault, 'file' | 'line' | 'message'>): LeftOutCaption {
  return { file, ...(line !== undefined && { line }), leftOut: message };
}

/** Decodes pictures; the last one is kept, since captions of one picture follow each other. */
class PictureReader {
  readonly #decode: Decode;
  #last: { readonly path: string; readonly image: RawImage } | undefined;

  constructor(decode: Decode) {
    this.#decode = decode;
  }

  async read(pair: CaptionedPicture): Promise<ReadPair> {
    const { path, caption } = pair;
    if (this.#last?.path === path) return { file: path, caption, image: this.#last.image };
    const bytes = await encodedPicture(pair);
    if (bytes === undefined) return leftOut({ ...pair.place, message: `${path} is missing` });
    try {
      const image = rawImage(await this.#decode(bytes));
      this.#last = { path, image };
      return { file: path, caption, image };
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      return leftOut({ file: path, message });
    }
  }
}

/** The bytes of a picture; undefined if it does not exist. */
async function encodedPicture(pair: CaptionedPicture): Promise<Uint8Array | undefined> {
  try {
    return await pair.bytes();
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (missing || cause instanceof DatasetError) return undefined;
    throw cause;
  }
}

const rawImage = (image: RgbImage | RawImage): RawImage => ({ channels: 3, ...image });

/** A record for each pair; undefined if the signal aborted. */
async function labeled(
  pairs: readonly ReadPair[],
  teacher: Teacher,
  signal: AbortSignal | undefined,
): Promise<ShardRecord[] | undefined> {
  const ready = pairs.filter(isReady);
  try {
    const found = ready.length > 0 ? await teacher(ready, signal) : [];
    let next = 0;
    return pairs.map((pair): ShardRecord => {
      if (!isReady(pair)) return pair;
      const { phrases, boxes, cut } = found[next++];
      const { width, height } = pair.image;
      const { file, caption } = pair;
      const record: LabeledCaption = { file, width, height, caption, phrases, boxes };
      return cut ? { ...record, cut } : record;
    });
  } catch (error) {
    if (signal?.aborted) return undefined;
    if (!isFaultOfPair(error)) throw error;
    if (pairs.length === 1) return [leftOut({ file: ready[0].file, message: error.message })];
    const alone: ShardRecord[] = []; // finds the faulty pair
    for (const pair of pairs) {
      const records = await labeled([pair], teacher, signal);
      if (records === undefined) return undefined;
      alone.push(...records);
    }
    return alone;
  }
}

function isFaultOfPair(error: unknown): error is Error {
  return error instanceof DetectionError || error instanceof ImageError || error instanceof PromptError;
}
