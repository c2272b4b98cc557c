import { describeFault } from '../read/faults.ts';
import { memoryFiles } from '../read/files.ts';
import { type Dataset, openDataset } from '../read/open-dataset.ts';
import type { AnnotatedImage } from '../types.ts';

/** Files of a dataset, by path. */
export type Contents = Record<string, string | Uint8Array>;

export const open = (files: Contents): Promise<Dataset> => openDataset(memoryFiles(files));

export const faultsOf = ({ faults }: Dataset): string[] => faults.map(describeFault);

/** Path, category and edges of every box, with three decimals. */
export const boxesOf = (images: readonly AnnotatedImage[] = []): unknown[] =>
  images.map(({ path, annotations }) => [
    path,
    ...annotations.map(({ category, box }) => [category, ...box.map((edge) => Number(edge.toFixed(3)))]),
  ]);
