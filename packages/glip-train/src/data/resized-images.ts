import { type ImageSize, type RgbImage, resizeBilinear } from '@glip-wgpu/glip-core';

const MAX_BYTES = 2 ** 27;

/** A decoded picture that is resized when it is needed. */
export interface ResizableImage {
  readonly width: number;
  readonly height: number;
  resized(size: ImageSize): RgbImage;
}

export function resizable(image: RgbImage): ResizableImage {
  const { width, height } = image;
  return { width, height, resized: (size) => resizeBilinear(image, size) };
}

interface Kept {
  readonly original: ImageSize;
  readonly image: RgbImage;
}

/** Pictures at the size of their canvas, the last 128 MiB of them: those of small sets are decoded and resized once. */
export class ResizedImages {
  readonly #kept = new Map<string, Promise<Kept | string>>();
  readonly #bytes = new Map<string, number>();
  #total = 0;

  /**
   * @param key     of the picture at this size
   * @param decode  gives the picture, or a reason why it cannot be used
   * @returns       the picture, of which only this size can be had; or the reason
   */
  async at(
    key: string,
    size: ImageSize,
    decode: () => Promise<RgbImage | string>,
  ): Promise<ResizableImage | string> {
    const entry = this.#kept.get(key) ?? resizedTo(size, decode);
    this.#kept.delete(key);
    this.#kept.set(key, entry);
    const kept = await entry;
    if (typeof kept === 'string') {
      this.#kept.delete(key);
      return kept;
    }
    const { original, image } = kept;
    if (this.#kept.get(key) === entry) this.#count(key, image.data.length);
    this.#forget();
    return { height: original[0], width: original[1], resized: () => image };
  }

  #forget(): void {
    for (const oldest of this.#kept.keys()) {
      if (this.#total <= MAX_BYTES) return;
      this.#count(oldest, 0);
      this.#kept.delete(oldest);
    }
  }

  #count(key: string, bytes: number): void {
    this.#total += bytes - (this.#bytes.get(key) ?? 0);
    if (bytes > 0) this.#bytes.set(key, bytes);
    else this.#bytes.delete(key);
  }
}

async function resizedTo(size: ImageSize, decode: () => Promise<RgbImage | string>): Promise<Kept | string> {
  const decoded = await decode();
  if (typeof decoded === 'string') return decoded;
  const { width, height } = decoded;
  return { original: [height, width], image: resizeBilinear(decoded, size) };
}
