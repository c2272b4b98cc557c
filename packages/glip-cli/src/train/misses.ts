import type { AnnotatedImage, Annotation, LabeledBox } from '@glip-wgpu/datasets';
import { markDetections } from '@glip-wgpu/detection-metrics';

/** Mistakes of a detector in one image. */
export interface Misses {
  /** Objects without a detection of their category. */
  readonly missed: readonly Annotation[];
  /** Detections without an object, best first. */
  readonly wrong: readonly LabeledBox[];
  /** 1 for each missed object, `1 - score` for each found one, `score` for each wrong detection. */
  readonly cost: number;
}

/**
 * Compares detections with annotations as COCO's evaluation does at an IoU of 0.5. Crowds and difficult objects are neither
 * missed nor wrong.
 */
export function missesOf({ annotations }: AnnotatedImage, found: readonly LabeledBox[]): Misses {
  const categories = new Map<string, number>();
  const idOf = (name: string): number => {
    const id = categories.get(name) ?? categories.size + 1;
    categories.set(name, id);
    return id;
  };
  const best = [...found].sort((a, b) => b.score - a.score);
  const marks = markDetections(
    annotations.map(({ category, box: [x1, y1, x2, y2], crowd, difficult }) => ({
      category_id: idOf(category),
      bbox: [x1, y1, x2 - x1, y2 - y1] as const,
      iscrowd: crowd ? 1 : 0,
      difficult,
    })),
    best.map(({ label, box: [x1, y1, x2, y2], score }) => ({
      category_id: idOf(label),
      bbox: [x1, y1, x2 + 1 - x1, y2 + 1 - y1] as const,
      score,
    })),
  );
  const missed = annotations.filter(({ crowd, difficult }, i) => !crowd && !difficult && !marks.found[i]);
  const marked = (mark: string): LabeledBox[] => best.filter((_, i) => marks.detections[i] === mark);
  const wrong = marked('wrong');
  const cost =
    missed.length +
    marked('right').reduce((sum, { score }) => sum + 1 - score, 0) +
    wrong.reduce((sum, { score }) => sum + score, 0);
  return { missed, wrong, cost };
}
