import { planLines, readPlanHeader, writePlan } from './plan-file.ts';
import { QueueError } from './queue-error.ts';
import { differences, type Settings, type Shard, type ShardSource, settingsHash, shardId } from './shard.ts';
import { contentOf, stampOfSource } from './sources.ts';

export interface PlanOptions {
  /** Folder of the plan and the results, which all machines see. */
  readonly folder: string;
  readonly settings: Settings;
  /** Options that do not change results, kept for `merge`. */
  readonly options?: Settings | undefined;
  readonly sources: readonly ShardSource[];
  /** Called after each shard whose content is known. */
  readonly onShard?: ((done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Plans shards: reads their content, which names their results, and writes `plan.jsonl` into the folder. Shards of an
 * earlier plan whose files are unchanged are not read again.
 *
 * @throws QueueError 'other-run' for a folder whose results have other settings; 'bad-shards' for two shards of the same
 *   content, or files that cannot be read
 */
export async function planShards(options: PlanOptions): Promise<readonly Shard[]> {
  const { folder, settings, sources, onShard, signal } = options;
  const earlier = await readPlanHeader(folder);
  const known = new Map<string, Shard>();
  if (earlier) {
    const other = differences(earlier.settings, settings);
    if (other.length > 0) {
      const advice = 'choose another folder, or give the same';
      throw new QueueError('other-run', `${folder} has results with another ${other.join(', ')}; ${advice}`);
    }
    for await (const { shard } of planLines(folder)) known.set(keyOf(shard.source), shard);
  }
  const hash = settingsHash(settings);
  const shards: Shard[] = [];
  const places = new Map<string, number>();
  for (const [i, source] of sources.entries()) {
    signal?.throwIfAborted();
    const stamp = await stampOfSource(source);
    const before = known.get(keyOf(source));
    const content =
      before && stamp !== '' && before.stamp === stamp ? before.content : await contentOf(source);
    const id = shardId(content, hash);
    const twin = places.get(id);
    if (twin !== undefined) {
      const [a, b] = [twin, i].map((place) => described(sources[place], place));
      throw new QueueError('bad-shards', `${a} and ${b} have the same content; give each picture once`);
    }
    places.set(id, i);
    shards.push({ id, content, stamp, source });
    onShard?.(i + 1, sources.length);
  }
  await writePlan(folder, { settings, options: options.options ?? {} }, shards);
  return shards;
}

function keyOf(source: ShardSource): string {
  return JSON.stringify(source.kind === 'tar' ? source.location : source);
}

/** A shard, by what a user knows it by. */
export function described(source: ShardSource, place: number): string {
  if (source.kind === 'tar') return source.location.replace(/\?.*$/s, '');
  if (source.kind === 'captions') return `shard ${place + 1} of ${source.folder}`;
  const [first, last] = [source.names[0], source.names[source.names.length - 1]];
  return `shard ${place + 1} (${first}${first === last ? '' : ` to ${last}`})`;
}
