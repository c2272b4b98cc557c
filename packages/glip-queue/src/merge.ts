import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type PlanHeader, planLines, readPlanHeader } from './plan-file.ts';
import { described } from './plan-shards.ts';
import { QueueError, reasonOf } from './queue-error.ts';
import { removeAllParts, resultFile, resultState, rowsOf } from './result-file.ts';
import type { Row } from './shard.ts';

const MAX_NAMED = 3;

/** A shard in the manifest of a merge. */
export interface ManifestEntry {
  readonly shard: string;
  /** Of its content. */
  readonly content: string;
  readonly rows: number;
  /** SHA-256 of its result file. */
  readonly sha256: string;
}

/** Rows of all shards in the order of the plan, with a manifest. */
export interface MergedRun extends PlanHeader {
  readonly folder: string;
  readonly manifest: readonly ManifestEntry[];
  /** One by one, shard by shard. */
  rows(): AsyncGenerator<Row>;
}

/**
 * Opens the results of a folder once all are there.
 *
 * @throws QueueError 'incomplete' for shards without a valid result, or a picture that occurs twice; 'no-run' without a plan
 */
export async function openMerged(
  folder: string,
  onShard?: (done: number, of: number) => void,
): Promise<MergedRun> {
  const header = await readPlanHeader(folder);
  if (!header) throw new QueueError('no-run', `${folder}: there is no plan of shards in this folder`);
  const holes: string[] = [];
  const manifest: ManifestEntry[] = [];
  const names = new Set<unknown>();
  let place = 0;
  for await (const { shard } of planLines(folder)) {
    const state = await resultState(folder, shard.id);
    if (state !== 'valid') holes.push(`${described(shard.source, place)} (${shard.id}) is ${state}`);
    else {
      let rows = 0;
      for await (const { name } of rowsOf(folder, shard.id)) {
        rows += 1;
        if (name === undefined) continue; // pairs of captions: a picture may have several
        if (names.has(name))
          throw new QueueError('incomplete', `${JSON.stringify(name)} occurs in two shards`);
        names.add(name);
      }
      const { id, content } = shard;
      manifest.push({ shard: id, content, rows, sha256: await sha256Of(resultFile(folder, id)) });
    }
    place += 1;
    onShard?.(place, header.shards);
  }
  if (holes.length > 0) {
    const more = holes.length > MAX_NAMED ? `, and ${holes.length - MAX_NAMED} more` : '';
    const first = holes.slice(0, MAX_NAMED).join(', ');
    const advice = 'start the command with --queue again, which does what is missing';
    throw new QueueError(
      'incomplete',
      `${holes.length} of ${header.shards} results are missing: ${first}${more}; ${advice}`,
    );
  }
  await removeAllParts(folder);
  return {
    ...header,
    folder,
    manifest,
    async *rows() {
      for (const { shard } of manifest) yield* rowsOf(folder, shard);
    },
  };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch (cause) {
    throw new QueueError('file', `${path}: cannot be read: ${reasonOf(cause)}`, { cause });
  }
  return hash.digest('hex');
}
