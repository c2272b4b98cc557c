import type { AnnotatedImage, ImageWithBoxes } from '@glip-wgpu/datasets';

/** The boxes of an image's annotations, to draw. */
export function annotatedBoxes({ annotations }: AnnotatedImage): ImageWithBoxes['detections'] {
  return annotations.map(({ category, box }) => ({
    label: category,
    box: [box[0], box[1], box[2] - 1, box[3] - 1] as const,
  }));
}
