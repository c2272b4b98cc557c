import type { AnnotatedImage, Dataset } from '@glip-wgpu/datasets';
import { InputError } from '../inputs/input-error.ts';

const PREFERRED = ['val', 'test', 'all'];

export interface ChosenSplit {
  readonly name: string;
  readonly images: readonly AnnotatedImage[];
}

/**
 * The split to evaluate: the named one; by default val, test, or the only one.
 *
 * @param option  that names it, for messages
 * @throws InputError for a split that the dataset does not have, or that has no boxes
 */
export function chosenSplit(
  { splits, categories }: Dataset,
  wanted: string | undefined,
  option = '--split',
): ChosenSplit {
  const names = [...splits.keys()];
  const name =
    wanted ?? PREFERRED.find((one) => splits.has(one)) ?? (names.length === 1 ? names[0] : undefined);
  const images = name === undefined ? undefined : splits.get(name);
  if (name === undefined || images === undefined) {
    const problem = wanted === undefined ? 'choose a split' : `${option} ${wanted}: no such split`;
    throw new InputError(`${problem}; the dataset has ${names.join(', ')}`);
  }
  if (categories.length === 0)
    throw new InputError('the dataset has no classes: evaluation needs boxes of named classes');
  if (!images.some(({ annotations }) => annotations.length > 0))
    throw new InputError(`the split ${name} has no boxes to compare with`);
  return { name, images };
}
