import { ItemError, QueueError, reasonOf } from './queue-error.ts';
import { ResultWriter, resultState } from './result-file.ts';
import type { CaptionSource, Row, Shard, ShardItem, ShardTask } from './shard.ts';
import { contentOf, itemsOf } from './sources.ts';

export interface ShardRun {
  /** Folder of the results. */
  readonly folder: string;
  /** Stops before the next picture; the promise rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Pictures that are left out, by their place, with the reason. */
  readonly aside?: ReadonlyMap<number, string>;
  /** Called before each picture, and once after the last, before the result is written. */
  onItem?(place: number | undefined): void;
}

/**
 * Makes the result of a shard, unless there is a valid one.
 *
 * @returns the number of pictures, or 'known' if there was a result
 * @throws QueueError 'bad-shards' if the content is not that of the plan; WorkerFault; what the task throws
 */
export async function runShard(shard: Shard, task: ShardTask, run: ShardRun): Promise<number | 'known'> {
  const { folder, signal } = run;
  if ((await resultState(folder, shard.id)) === 'valid') return 'known';
  if ((await contentOf(shard.source)) !== shard.content)
    throw new QueueError('bad-shards', 'the shard has changed since it was planned; start the command again');
  await using writer = await ResultWriter.open(folder, shard.id);
  const { source } = shard;
  const count =
    source.kind === 'captions'
      ? await addCaptions(writer, source, task, run)
      : await addPictures(writer, await itemsOf(source), task, run);
  signal.throwIfAborted();
  run.onItem?.(undefined);
  await writer.finish();
  return count;
}

/** Adds a row for each pair of a shard of captions. */
async function addCaptions(
  writer: ResultWriter,
  source: CaptionSource,
  task: ShardTask,
  { signal, aside, onItem }: ShardRun,
): Promise<number> {
  if (!task.rows || !task.leftOut) throw new Error('this task makes no rows of captions');
  let place = 0;
  for (;;) {
    for (let left = aside?.get(place); left !== undefined; left = aside?.get(place)) {
      await writer.add(await task.leftOut(source, place, left));
      place += 1;
    }
    onItem?.(place);
    let ended = true;
    for await (const row of task.rows(source, place, signal)) {
      signal.throwIfAborted();
      await writer.add(row);
      place += 1;
      ended = !aside?.has(place);
      if (!ended) break;
      onItem?.(place);
    }
    if (ended) return place;
  }
}

/** Adds a row for each picture. */
async function addPictures(
  writer: ResultWriter,
  items: readonly ShardItem[],
  task: ShardTask,
  run: ShardRun,
): Promise<number> {
  const { signal, aside } = run;
  let next = items.length > 0 ? ahead(items[0]) : undefined;
  for (const [place, item] of items.entries()) {
    signal.throwIfAborted();
    const current = next as ShardItem;
    next = place + 1 < items.length ? ahead(items[place + 1]) : undefined;
    run.onItem?.(place);
    const left = aside?.get(place);
    await writer.add(
      left === undefined ? await rowOf(task, current, signal) : { name: item.name, error: left },
    );
  }
  return items.length;
}

async function rowOf(task: ShardTask, item: ShardItem, signal: AbortSignal): Promise<Row> {
  try {
    return { name: item.name, ...(await task.row(item, signal)) };
  } catch (error) {
    if (error instanceof ItemError) return { name: item.name, error: reasonOf(error) };
    throw error;
  }
}

/** The picture, whose bytes are read while the one before it is worked on. */
function ahead(item: ShardItem): ShardItem {
  const bytes = item.bytes();
  bytes.catch(() => {}); // thrown where it is used
  return { ...item, bytes: () => bytes, caption: () => item.caption() };
}

/** Makes the results of all shards in this process, without a queue. */
export async function runHere(
  shards: readonly Shard[],
  task: ShardTask,
  options: {
    readonly folder: string;
    readonly signal?: AbortSignal;
    readonly onShard?: (done: number) => void;
  },
): Promise<void> {
  const { folder, signal = new AbortController().signal, onShard } = options;
  await task.prepare?.(signal);
  for (const [i, shard] of shards.entries()) {
    await runShard(shard, task, { folder, signal });
    onShard?.(i + 1);
  }
}
