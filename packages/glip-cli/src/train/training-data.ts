import {
  type Dataset,
  describeFault,
  fewShotImages,
  openDataset,
  splitByFraction,
} from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import type { TrainingDataset } from '@glip-wgpu/glip-train';
import { datasetFolder } from '../data/folder.ts';
import { InputError } from '../inputs/input-error.ts';
import { note } from '../outputs/terminal.ts';
import type { EvaluationSplit } from './evaluate-run.ts';
import type { DataConfig, EvaluationConfig, RunConfig } from './run-config.ts';

/** Images to train and to evaluate on. */
export interface RunData {
  readonly training: readonly TrainingDataset[];
  readonly evaluations: readonly EvaluationSplit[];
}

/**
 * Opens the datasets of a run, each folder once; faults are reported in one line.
 *
 * @param file  the run's configuration, if it exists already
 * @throws InputError, DatasetError
 */
export async function openRunData({ data, evaluations }: RunConfig, file?: string): Promise<RunData> {
  for (const [name, list] of Object.entries({ data, evaluations })) {
    for (const [i, { folder }] of list.entries()) await expectFolder(folder, `${name}[${i}].folder`, file);
  }
  const opened = new Map<string, Promise<Dataset>>();
  const open = ({ folder, format }: Pick<DataConfig, 'folder' | 'format'>): Promise<Dataset> => {
    const known = opened.get(folder);
    if (known) return known;
    const dataset = openDataset(nodeFiles(folder), { format });
    opened.set(folder, dataset);
    return dataset;
  };
  const training: TrainingDataset[] = [];
  for (const one of data) {
    const dataset = await open(one);
    const { kind, weight, minScore, prompts, shots, shotSeed: seed } = one;
    const { rest } = divided(dataset, one);
    training.push({
      images: shots === undefined ? rest : fewShotImages(rest, shots, { seed }),
      files: dataset.files,
      categories: dataset.categories,
      ...(kind && { kind }),
      ...(weight !== undefined && { weight }),
      ...(minScore !== undefined && { minScore }),
      ...(prompts && { prompts }),
    });
  }
  const splits: EvaluationSplit[] = [];
  for (const config of evaluations) {
    const dataset = await open(config);
    const [start, end] = config.images ?? [0, Number.POSITIVE_INFINITY];
    const { rest, heldOut } = divided(dataset, config);
    const images = (config.heldOut === undefined ? rest : heldOut).slice(start, end);
    if (images.length === 0) throw new InputError(`${config.folder}: ${config.name} has no images`);
    splits.push({ config, images, files: dataset.files, categories: dataset.categories });
  }
  for (const [folder, dataset] of opened) noteFaults(folder, await dataset);
  return { training, evaluations: splits };
}

async function expectFolder(folder: string, field: string, file: string | undefined): Promise<void> {
  try {
    await datasetFolder(folder);
  } catch (cause) {
    if (!(cause instanceof InputError) || file === undefined) throw cause;
    throw new InputError(`${cause.message}; if it was moved, change ${field} in ${file}`, { cause });
  }
}

/** A split's images without those held out, and those held out. */
function divided({ splits }: Dataset, { folder, split, heldOut }: DataConfig | EvaluationConfig) {
  const found = splits.get(split);
  if (found && heldOut === undefined) return { rest: found, heldOut: [] };
  if (found && heldOut !== undefined) {
    const parts = splitByFraction(found, { rest: 1 - heldOut, heldOut });
    return { rest: parts.get('rest') ?? [], heldOut: parts.get('heldOut') ?? [] };
  }
  throw new InputError(`${folder}: there is no split ${split}; it has ${[...splits.keys()].join(', ')}`);
}

function noteFaults(folder: string, { faults }: Dataset): void {
  if (faults.length === 0) return;
  const first = describeFault(faults[0]);
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more: glip data check ${folder})` : '';
  note(`${folder}: ${first}${more}`);
}
