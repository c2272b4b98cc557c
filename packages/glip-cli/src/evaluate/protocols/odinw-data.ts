import { ODINW_13, odinwFiles } from '@glip-wgpu/datasets';
import { InputError } from '../../inputs/input-error.ts';
import { cocoDataSet } from './coco-data.ts';
import type { BenchmarkDataSet, BenchmarkOptions } from './data-set.ts';
import { placeOf } from './files.ts';

/** The 13 data sets of ODinW: their test splits as in the paper, or the split that is named. */
export async function openOdinw(options: BenchmarkOptions): Promise<BenchmarkDataSet[]> {
  const { data, split, manualPrompts } = options;
  if (split !== undefined && split !== 'test' && split !== 'val' && split !== 'train')
    throw new InputError(`--split ${split}: expected test, val or train`);
  const base = placeOf(data, ['odinw', '.'], 'folder of ODinW');
  const sets: BenchmarkDataSet[] = [];
  for (const set of ODINW_13) {
    const { annotations, pictures } = odinwFiles(set, split ?? set.testSplit);
    placeOf(data, [`${base}/${annotations}`], `annotations of ${set.name}`);
    const prompts = manualPrompts ? { renamed: set.renamed, captionPrompt: set.captionPrompt } : {};
    const files = { annotations: `${base}/${annotations}`, pictures: `${base}/${pictures}` };
    sets.push(await cocoDataSet(options, { name: set.name, ...files, ...prompts }));
  }
  return sets;
}
