import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { codeOf, QueueError, reasonOf } from './queue-error.ts';
import { isShardId, type Settings, type Shard, settingsHash, shardId } from './shard.ts';

const FORMAT = 'glip shards 1';
const COUNT_WIDTH = 12;

/** First line of a plan. */
export interface PlanHeader {
  /** Settings that results depend on. */
  readonly settings: Settings;
  /** Further options, which do not change results, for whoever merges them. */
  readonly options: Settings;
  readonly shards: number;
}

/** A shard's line in the plan. */
export interface PlanLine {
  /** In bytes. */
  readonly begin: number;
  readonly bytes: number;
  readonly shard: Shard;
}

/** File of a folder's plan. */
export function planFile(folder: string): string {
  return join(folder, 'plan.jsonl');
}

/** Writes a plan beside and renames it. @throws QueueError 'file' */
export async function writePlan(
  folder: string,
  header: Omit<PlanHeader, 'shards'>,
  shards: readonly Shard[],
): Promise<void> {
  const temporary = join(folder, `.plan-${process.pid}.part`);
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(temporary, 'w');
    try {
      await file.write(headerLine(header, shards.length));
      for (const shard of shards) await file.write(`${JSON.stringify(shard)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, planFile(folder));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new QueueError('file', `${planFile(folder)}: cannot be written: ${reasonOf(cause)}`, { cause });
  }
}

/** As long for any number of shards: those of a plan that grows stay at their places, which jobs name. */
function headerLine(header: Omit<PlanHeader, 'shards'>, shards: number): string {
  const fields = JSON.stringify({ format: FORMAT, ...header }).slice(0, -1);
  return `${fields},"shards":${String(shards).padStart(COUNT_WIDTH)}}\n`;
}

/** The first line of a folder's plan; undefined without one. @throws QueueError 'file' for another file */
export async function readPlanHeader(folder: string): Promise<PlanHeader | undefined> {
  try {
    const input = createReadStream(planFile(folder));
    for await (const line of createInterface({ input })) {
      input.destroy();
      return headerOf(line, folder);
    }
  } catch (cause) {
    if (cause instanceof QueueError) throw cause;
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new QueueError('file', `${planFile(folder)}: cannot be read: ${reasonOf(cause)}`, { cause });
  }
  throw notAPlan(folder);
}

/** Shards of a plan, one by one. @throws QueueError 'file' for a plan that is damaged */
export async function* planLines(folder: string): AsyncGenerator<PlanLine> {
  const header = await readPlanHeader(folder);
  if (!header) throw new QueueError('no-run', `${folder}: there is no plan of shards in this folder`);
  const settings = settingsHash(header.settings);
  let begin = 0;
  let count = -1;
  const input = createReadStream(planFile(folder), 'latin1'); // a character for each byte
  for await (const line of createInterface({ input })) {
    if (count >= 0) {
      const shard = shardIn(Buffer.from(line, 'latin1'), settings);
      if (!shard) throw notAPlan(folder);
      yield { begin, bytes: line.length, shard };
    }
    begin += line.length + 1;
    count += 1;
  }
  if (count !== header.shards) throw notAPlan(folder);
}

/** One shard of a plan, which a job names by its place. @throws QueueError 'file' if another stands there */
export async function readShard(
  folder: string,
  settings: string,
  { id, begin, bytes }: { readonly id: string; readonly begin: number; readonly bytes: number },
): Promise<Shard> {
  const valid = [begin, bytes].every((value) => Number.isSafeInteger(value) && value >= 0) && bytes < 1 << 28;
  if (!valid || !isShardId(id))
    throw new QueueError('file', `job ${JSON.stringify(id)} names no shard of a plan`);
  const file = await open(planFile(folder)).catch((cause) => {
    throw new QueueError('file', `${planFile(folder)}: cannot be read: ${reasonOf(cause)}`, { cause });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, begin);
    const shard = shardIn(buffer.subarray(0, bytesRead), settings);
    if (shard?.id === id) return shard;
  } finally {
    await file.close();
  }
  // Its place has changed: the plan was written anew, with other shards before it, since the job was added.
  for await (const { shard } of planLines(folder)) if (shard.id === id) return shard;
  throw new QueueError('file', `${planFile(folder)}: there is no shard ${id} in this plan any more`);
}

function headerOf(line: string, folder: string): PlanHeader {
  const header = parsed(line);
  if (header?.['format'] !== FORMAT) throw notAPlan(folder);
  const { settings, options, shards } = header as unknown as PlanHeader;
  return { settings, options, shards };
}

/** The shard of a line; undefined for a line that is none of this plan. */
function shardIn(line: Buffer, settings: string): Shard | undefined {
  const shard = parsed(line.toString()) as unknown as Shard | undefined;
  return shard && isShardId(shard.id) && shard.id === shardId(shard.content, settings) ? shard : undefined;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function notAPlan(folder: string): QueueError {
  return new QueueError(
    'file',
    `${planFile(folder)}: this is no plan of shards, or it is damaged; remove it`,
  );
}
