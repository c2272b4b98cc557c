import { type BatchOptions, batchRules } from './batch-options.ts';
import { usableImages } from './usable-images.ts';

/**
 * Padded shapes of the images in the batches of these options, largest first, without reading a picture.
 *
 * @throws as `openBatches`
 */
export function batchShapes(
  options: Omit<BatchOptions, 'tokenizer'>,
): (readonly [height: number, width: number])[] {
  const { datasets } = options;
  const { buckets } = usableImages(datasets, batchRules(options));
  const shapes = new Map(buckets.flatMap((one) => one.shapes).map((shape) => [shape.join(' x '), shape]));
  return [...shapes.values()].sort((a, b) => b[0] * b[1] - a[0] * a[1]);
}
