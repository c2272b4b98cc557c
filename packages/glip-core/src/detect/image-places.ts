import type { GlipConfig } from '../config/config.ts';
import type { PreparedImages } from '../image/preprocess.ts';
import { levelAnchors, levelSizes } from '../postprocess/anchors.ts';
import type { ScorePlace } from './score-maps.ts';

/** The pyramid over a batch of images. */
export interface ImagePlaces {
  /** Of each level, [n, 4]. */
  readonly anchors: readonly Float32Array[];
  /** Of the image with this index. */
  of(index: number): Omit<ScorePlace, 'chunk'>;
}

export function imagePlaces(
  { shape, imageSizes, originalSizes }: PreparedImages,
  { anchors }: GlipConfig,
): ImagePlaces {
  const { strides } = anchors;
  const sizes = levelSizes(shape[1], shape[2], strides.length);
  return {
    anchors: sizes.map((side, level) => levelAnchors(anchors, level, side)),
    of: (index) => ({ sizes, strides, image: imageSizes[index], original: originalSizes[index] }),
  };
}
