import type { EvaluatedImage } from '@glip-wgpu/glip-train';
import { PictureError } from '../../inputs/input-error.ts';
import { complain } from '../../outputs/terminal.ts';
import type { DataSetReport } from './benchmark-folder.ts';
import type { BenchmarkDataSet, PromptedBox, PromptedImage } from './data-set.ts';
import { averageOf, type BenchmarkResult, resultOf } from './results.ts';
import { markedImage } from './shown-boxes.ts';

/** Boxes of an image's prompts. @throws PictureError for a picture that is left out */
export type FindBoxes = (set: BenchmarkDataSet, image: PromptedImage) => Promise<readonly PromptedBox[]>;

export interface SetsRun {
  readonly find: FindBoxes;
  /** Collects what the report shows. */
  readonly reported: boolean;
  /** Called after each image. */
  readonly onImage?: (set: BenchmarkDataSet, done: number, of: number) => void;
}

/** A benchmark as it was run; with an output folder, what its report shows. */
export interface ProtocolEnd {
  readonly result: BenchmarkResult;
  readonly reports: readonly DataSetReport[];
}

/** Figures of all data sets, image by image in their order. */
export async function evaluateSets(
  dataSets: readonly BenchmarkDataSet[],
  { find, reported, onImage }: SetsRun,
): Promise<{
  readonly results: Pick<BenchmarkResult, 'dataSets' | 'average' | 'unreadable'>;
  readonly reports: readonly DataSetReport[];
}> {
  const total = dataSets.reduce((sum, { images }) => sum + images.length, 0);
  const unreadable: { path: string; reason: string }[] = [];
  const results = [];
  const reports: DataSetReport[] = [];
  let done = 0;
  for (const set of dataSets) {
    let evaluated = 0;
    const images: EvaluatedImage[] = [];
    for (const [i, image] of set.images.entries()) {
      const { path } = image;
      try {
        const found = await find(set, image);
        set.add(i, found);
        if (reported) images.push(...set.shown(i, found).map((one) => markedImage(path, one)));
        evaluated += 1;
      } catch (error) {
        if (!(error instanceof PictureError)) throw error;
        complain(`glip: ${error.message}; left out`);
        unreadable.push({ path, reason: error.message });
      }
      done += 1;
      onImage?.(set, done, total);
    }
    results.push(resultOf(set, evaluated));
    if (reported) reports.push({ name: set.name, images, charts: set.charts(images) });
  }
  const average = averageOf(results);
  return { results: { dataSets: results, ...(average && { average }), unreadable }, reports };
}
