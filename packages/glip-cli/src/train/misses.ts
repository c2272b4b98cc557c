import type { AnnotatedImage, Annotation, LabeledBox } from '@glip-wgpu/datasets';
import { boxIou } from '@glip-wgpu/detection-metrics';

const MIN_IOU = 0.5;

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
 * Compares detections with annotations: each object takes the best detection of its category with an IoU from 0.5 on.
 * Crowds and difficult objects are neither missed nor wrong.
 */
export function missesOf({ annotations }: AnnotatedImage, found: readonly LabeledBox[]): Misses {
  const left = new Set(annotations);
  const wrong: LabeledBox[] = [];
  let cost = 0;
  for (const detection of [...found].sort((a, b) => b.score - a.score)) {
    const near = annotations.filter(
      ({ category, box, crowd }) => category === detection.label && overlap(detection, box, crowd) >= MIN_IOU,
    );
    const object = near
      .filter((one) => left.has(one) && !ignored(one))
      .reduce<Annotation | undefined>(
        (a, b) => (a && overlap(detection, a.box) >= overlap(detection, b.box) ? a : b),
        undefined,
      );
    if (object) {
      left.delete(object);
      cost += 1 - detection.score;
    } else if (!near.some(ignored)) {
      wrong.push(detection);
      cost += detection.score;
    }
  }
  const missed = [...left].filter((annotation) => !ignored(annotation));
  return { missed, wrong, cost: cost + missed.length };
}

function ignored({ crowd, difficult }: Annotation): boolean {
  return crowd || difficult;
}

function overlap({ box: [x1, y1, x2, y2] }: LabeledBox, edges: Annotation['box'], crowd = false): number {
  const [left, top, right, bottom] = edges;
  return boxIou([x1, y1, x2 + 1 - x1, y2 + 1 - y1], [left, top, right - left, bottom - top], crowd);
}
