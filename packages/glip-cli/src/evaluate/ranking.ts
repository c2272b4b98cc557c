import type { EvaluatedImage } from '@glip-wgpu/glip-train';

/** An image by what the detector got right in it, at one score threshold and IoU 0.5. */
export interface RankedImage extends EvaluatedImage {
  readonly right: number;
  readonly wrong: number;
  readonly missed: number;
}

/** Images from best to worst by F1; of equal ones, first those with more objects right, last those with more errors. */
export function ranked(images: readonly EvaluatedImage[], threshold: number): RankedImage[] {
  return images
    .map((image): RankedImage => {
      const shown = image.detections.filter(({ score }) => score >= threshold);
      const count = (mark: string): number => shown.filter((one) => one.mark === mark).length;
      const right = count('right');
      const objects = image.image.annotations.filter(({ crowd, difficult }) => !crowd && !difficult).length;
      return { ...image, right, wrong: count('wrong'), missed: Math.max(objects - right, 0) };
    })
    .filter(({ right, wrong, missed }) => right + wrong + missed > 0)
    .sort((a, b) => f1(b) - f1(a) || b.right - a.right || errors(a) - errors(b));
}

function f1({ right, wrong, missed }: RankedImage): number {
  return (2 * right) / (2 * right + wrong + missed);
}

function errors({ wrong, missed }: RankedImage): number {
  return wrong + missed;
}
