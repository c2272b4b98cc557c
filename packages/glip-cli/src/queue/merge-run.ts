import { join } from 'node:path';
import { InputError } from '../inputs/input-error.ts';
import { clearProgress, progress } from '../outputs/progress.ts';
import { note } from '../outputs/terminal.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import { mergeCaptions } from './caption-shards.ts';
import { mergeEvaluation } from './evaluate-shards.ts';
import { mergeLabels, type WrittenFile } from './merge-labels.ts';
import { queuePackage } from './package.ts';
import { mergeProtocol } from './protocol-shards.ts';

export interface MergeOptions {
  /** Folder for the dataset or the report, if another than the run's. */
  readonly to?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Makes the dataset or the figures of all shards, and a manifest in their folder. @throws QueueError for holes and doubles */
export async function mergeRun(folder: string, { to, json = false }: MergeOptions): Promise<void> {
  const { openMerged } = await queuePackage();
  const merged = await openMerged(folder, (done, of) => progress(`checking results, ${done} of ${of}`));
  clearProgress();
  const command = merged.options['command'];
  let files: readonly WrittenFile[] = [];
  if (command === 'label') files = await mergeLabels(folder, merged, to);
  else if (command === 'captions') await mergeCaptions(merged, to);
  else if (command === 'evaluate') await mergeEvaluation(merged, { json, to });
  else if (command === 'protocol') await mergeProtocol(merged, { json, to });
  else throw new InputError(`${folder}: these shards are of another program: ${JSON.stringify(command)}`);
  const { settings, manifest } = merged;
  const path = join(folder, 'manifest.json');
  await writeWhole(path, `${JSON.stringify({ settings, files, shards: manifest }, null, 1)}\n`);
  note(`wrote ${path}`);
}
