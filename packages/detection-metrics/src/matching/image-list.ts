import { MetricsError } from '../errors.ts';
import type { ImageId } from '../types.ts';
import { checkImageId } from '../validate.ts';

/** Ids of the images that were added, each once and all of one kind. */
export class ImageList {
  readonly ids: ImageId[] = [];
  readonly #known = new Set<ImageId>();

  /** Text that names an image in messages. @throws MetricsError if it cannot be added */
  check(id: ImageId): string {
    const image = `image ${JSON.stringify(checkImageId(id, 'imageId'))}`;
    if (this.#known.has(id)) throw new MetricsError(`${image} was added before`);
    if (this.ids.length === 0 || typeof this.ids[0] === typeof id) return image;
    throw new MetricsError(
      `${image} has a ${typeof id} as its id, those before it a ${typeof this.ids[0]}; ids of both kinds have no order`,
    );
  }

  /** Adds an image that was checked; returns its number. */
  add(id: ImageId): number {
    this.#known.add(id);
    return this.ids.push(id) - 1;
  }
}
