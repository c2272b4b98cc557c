import { stat } from 'node:fs/promises';
import type { DatasetFormat } from '@glip-wgpu/datasets';
import type { Values } from '../arguments/command.ts';
import { choiceOf } from '../arguments/numbers.ts';
import { InputError, systemReason } from '../inputs/input-error.ts';

/** Options of commands that read a dataset. */
export const DATASET_OPTIONS = {
  format: {
    type: 'string',
    value: 'FORMAT',
    help: 'coco (also grounding data), voc, yolo or captions; by default found out by looking',
  },
} as const;

/** @throws InputError for an unknown format */
export function formatOf({ format }: Values<typeof DATASET_OPTIONS>): DatasetFormat | undefined {
  const choice = choiceOf('format', format, ['coco', 'voc', 'pascal-voc', 'yolo', 'captions']);
  return choice === 'voc' ? 'pascal-voc' : choice;
}

/** @throws InputError unless it is a folder */
export async function datasetFolder(folder: string): Promise<void> {
  const there = await stat(folder).catch((cause: unknown) => {
    throw new InputError(`${folder}: ${systemReason(cause)}`, { cause });
  });
  if (!there.isDirectory())
    throw new InputError(`${folder}: expected the folder of a dataset, and it is a file`);
}
