import { DatasetError } from '../read/files.ts';
import type { AnnotatedImage } from '../types.ts';
import { PythonRandom } from './python-random.ts';

export interface FewShotOptions {
  /** Order in which images are taken: Python's `random.Random(seed).shuffle`; without a seed the order of their ids. */
  readonly seed?: number | undefined;
}

/** Contents of a COCO annotation file; other keys have no effect. */
export interface FewShotSource {
  readonly images: readonly { readonly id: number }[];
  readonly annotations: readonly {
    readonly image_id: number;
    readonly category_id: number;
    /** `[x, y, width, height]` */
    readonly bbox: readonly number[];
  }[];
  readonly categories: readonly { readonly id: number }[];
}

/**
 * Ids of the images of a few-shot subset, in the order in which they are taken, as GLIP draws them: images until each category has
 * `shots` of them; a taken image counts for every category that it shows. The paper's seeds are 3, 30 and 300.
 *
 * @throws DatasetError unless `shots` is a positive whole number
 */
export function fewShotIds(
  { images, annotations, categories }: FewShotSource,
  shots: number,
  options: FewShotOptions = {},
): number[] {
  const byImage = new Map<number, FewShotSource['annotations'][number][]>(images.map(({ id }) => [id, []]));
  for (const annotation of annotations) byImage.get(annotation.image_id)?.push(annotation);
  const last = Math.max(...categories.map(({ id }) => id));
  const candidates = [...byImage]
    .sort(([a], [b]) => a - b)
    .filter(([, own]) => own.some(({ bbox }) => bbox[2] > 1 && bbox[3] > 1))
    // The original counts by `id - 1`, so a category 0 shares the count of the last one.
    .map(([id, own]) => ({
      id,
      shown: own.map(({ category_id }) => (category_id === 0 ? last : category_id)),
    }));
  return take(candidates, shots, options).map(({ id }) => id);
}

/**
 * Images of a few-shot subset; see `fewShotIds`. They are taken in the order of the split, which for COCO's layout of ODinW
 * should be that of the ids.
 *
 * @throws DatasetError unless `shots` is a positive whole number
 */
export function fewShotImages(
  images: readonly AnnotatedImage[],
  shots: number,
  options: FewShotOptions = {},
): AnnotatedImage[] {
  const candidates = images
    .filter(({ annotations }) => annotations.some(({ box: [x1, y1, x2, y2] }) => x2 - x1 > 1 && y2 - y1 > 1))
    .map((image) => ({ image, shown: image.annotations.map(({ category }) => category) }));
  return take(candidates, shots, options).map(({ image }) => image);
}

function take<C extends { readonly shown: readonly (string | number)[] }>(
  candidates: C[],
  shots: number,
  { seed }: FewShotOptions,
): C[] {
  if (!(Number.isSafeInteger(shots) && shots > 0)) {
    throw new DatasetError(`dataset: shots is ${shots}, expected a positive whole number`);
  }
  if (seed !== undefined) new PythonRandom(seed).shuffle(candidates);
  const counts = new Map<string | number, number>();
  return candidates.filter(({ shown }) => {
    const categories = new Set(shown);
    if (![...categories].some((category) => (counts.get(category) ?? 0) < shots)) return false;
    for (const category of categories) counts.set(category, (counts.get(category) ?? 0) + 1);
    return true;
  });
}
