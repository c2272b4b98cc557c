import { join } from 'node:path';
import type { Dataset } from '@glip-wgpu/datasets';
import { annotatedBoxes } from '../data/boxes.ts';
import { readDatasetImage } from '../data/decode.ts';
import { PictureError } from '../inputs/input-error.ts';
import { progress } from '../outputs/progress.ts';
import { drawPanels } from '../outputs/side-by-side.ts';
import type { RankedImage } from './ranking.ts';

/** A picture that was drawn, relative to the report's folder. */
export interface Drawn {
  readonly path: string;
  readonly caption: string;
}

/**
 * Draws truth beside prediction, into `pictures/NAME-001.jpg` and so on. Pictures that cannot be read any more are left out.
 *
 * @param labels  all labels of the run, so that each keeps its color
 */
export async function drawImages(
  dataset: Pick<Dataset, 'files'>,
  images: readonly RankedImage[],
  labels: readonly string[],
  { folder, name, threshold }: { readonly folder: string; readonly name: string; readonly threshold: number },
): Promise<Drawn[]> {
  const drawn: Drawn[] = [];
  for (const [i, { image, detections, right, wrong, missed }] of images.entries()) {
    progress(`drawing ${name} pictures, ${i + 1} of ${images.length}`);
    const path = `pictures/${name}-${String(i + 1).padStart(3, '0')}.jpg`;
    const panels = [
      { heading: 'truth', boxes: annotatedBoxes(image) },
      { heading: 'prediction', boxes: detections.filter(({ score }) => score >= threshold) },
    ];
    try {
      await drawPanels(await readDatasetImage(dataset, image.path), panels, join(folder, path), labels);
    } catch (error) {
      if (error instanceof PictureError) continue; // deleted since it was evaluated
      throw error;
    }
    const text = image.caption === undefined ? '' : ` “${image.caption}”`;
    drawn.push({ path, caption: `${image.path}${text}: ${right} right, ${wrong} wrong, ${missed} missed` });
  }
  return drawn;
}
