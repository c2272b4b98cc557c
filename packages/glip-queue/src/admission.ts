import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PlanHeader, readPlanHeader } from './plan-file.ts';
import { codeOf, QueueError, reasonOf, WorkerFault } from './queue-error.ts';
import type { RunRecord } from './run-record.ts';
import { differences, type Settings } from './shard.ts';

/** The plan of a run in the folder where this worker sees it. @throws QueueError 'refused' if that has none, or another's */
export async function planOfRun(run: RunRecord, folder: string): Promise<PlanHeader> {
  const header = await readPlanHeader(folder).catch((cause) => {
    throw new QueueError('refused', reasonOf(cause), { cause });
  });
  if (!header) {
    const advice = 'mount it here, or say where it is: --shards DIR';
    throw new QueueError('refused', `${folder}: the folder of the run's shards is not here; ${advice}`);
  }
  const other = differences(run.settings, header.settings);
  if (other.length > 0)
    throw new QueueError('refused', `${folder} has shards of a run with another ${other.join(', ')}`);
  return header;
}

/** @throws QueueError 'refused' if the settings of this worker's task are not those of the run */
export function checkSettings(run: RunRecord, own: Settings): void {
  const other = differences(run.settings, own);
  if (other.length === 0) return;
  const names = other.join(', ');
  throw new QueueError(
    'refused',
    `this worker has another ${names} than the run of the queue; give the same`,
  );
}

/**
 * Compares the identity of what this worker loaded with that of the first worker, which leaves it in the folder.
 *
 * @throws QueueError 'refused' if they differ; WorkerFault if the folder cannot be written
 */
export async function checkLoaded(folder: string, loaded: string): Promise<void> {
  const path = join(folder, 'loaded.txt');
  try {
    await writeFile(path, loaded, { flag: 'wx' });
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST')
      throw new WorkerFault(`${path}: cannot be written: ${reasonOf(cause)}`, { cause });
    if ((await readFile(path, 'utf8')) === loaded) return;
    throw new QueueError(
      'refused',
      `this worker's model has other weights than that of the first worker (${path})`,
    );
  }
}
