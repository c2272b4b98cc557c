import type { AnnotatedImage, Dataset, Fault } from '@glip-wgpu/datasets';
import type { RawImage } from '@glip-wgpu/glip-core';
import { decodeImage } from '../image-file.ts';
import { PictureError, systemReason } from '../inputs/input-error.ts';
import { progress } from '../outputs/progress.ts';

/** Decodes a picture of a dataset, also one inside of an archive. @throws PictureError with the reason */
export async function readDatasetImage({ files }: Pick<Dataset, 'files'>, path: string): Promise<RawImage> {
  try {
    const bytes = await files.bytes(path).catch((cause: unknown) => {
      throw new PictureError(`cannot be read: ${systemReason(cause)}`, { cause });
    });
    return await decodeImage(bytes);
  } catch (cause) {
    if (!(cause instanceof PictureError)) throw cause;
    throw new PictureError(`${path}: ${cause.message}`, { cause });
  }
}

/** Every image once, in the order of the splits. */
export function imagesOf({ splits }: Dataset): AnnotatedImage[] {
  const byPath = new Map<string, AnnotatedImage>();
  for (const images of splits.values()) {
    for (const image of images) if (!byPath.has(image.path)) byPath.set(image.path, image);
  }
  return [...byPath.values()];
}

/** Faults of pictures that cannot be decoded, or have other sizes than their annotations say. */
export async function decodeFaults(
  dataset: Dataset,
  images: readonly AnnotatedImage[],
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const [i, { path, width, height, place }] of images.entries()) {
    progress(`decoding ${i + 1} of ${images.length}: ${path}`);
    try {
      const found = await readDatasetImage(dataset, path);
      if (found.width === width && found.height === height) continue;
      const message = `${path} has ${found.width} x ${found.height} pixels, its annotations say ${width} x ${height}`;
      faults.push({ ...place, kind: 'wrong-size', message, effect: 'kept' });
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      faults.push({
        ...place,
        kind: 'unreadable-picture',
        message: `the picture ${error.message}`,
        effect: 'kept',
      });
    }
  }
  return faults;
}
