import type { RawImage } from '@glip-wgpu/glip-core';
import { readImageFile } from '../image-file.ts';

/** A picture, or the reason why it cannot be read. */
export type ReadPicture = { readonly path: string; readonly index: number } & (
  | { readonly image: RawImage; readonly error?: undefined }
  | { readonly image?: undefined; readonly error: unknown }
);

/** Yields pictures in order, reading the next one ahead. */
export async function* readAhead(paths: readonly string[]): AsyncGenerator<ReadPicture, void> {
  const read = (index: number): Promise<ReadPicture> =>
    readImageFile(paths[index]).then(
      (image) => ({ path: paths[index], index, image }),
      (error: unknown) => ({ path: paths[index], index, error }),
    );
  let next = paths.length > 0 ? read(0) : undefined;
  for (let index = 0; next; index++) {
    const picture = await next;
    next = index + 1 < paths.length ? read(index + 1) : undefined;
    yield picture;
  }
}
