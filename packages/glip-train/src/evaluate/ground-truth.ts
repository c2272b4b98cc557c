import type { AnnotatedImage, Category, LabeledBox } from '@glip-wgpu/datasets';
import type { CocoDetection, CocoObject } from '@glip-wgpu/detection-metrics';

/** Annotations of an image as COCO's evaluation takes them; categories that are not evaluated are left out. */
export function objectsOf(
  { annotations }: AnnotatedImage,
  idOf: ReadonlyMap<string, number>,
): { objects: CocoObject[]; places: number[] } {
  const objects: CocoObject[] = [];
  const places: number[] = []; // in `annotations`
  for (const [place, { category, box, area, crowd, difficult }] of annotations.entries()) {
    const category_id = idOf.get(category);
    if (category_id === undefined) continue;
    const [x1, y1, x2, y2] = box;
    objects.push({ category_id, bbox: [x1, y1, x2 - x1, y2 - y1], area, iscrowd: crowd, difficult });
    places.push(place);
  }
  return { objects, places };
}

/** Detections as COCO's files have them: the last column and row of a box are part of it, as in GLIP's own results. */
export function cocoDetections(
  detections: readonly LabeledBox[],
  idOf: ReadonlyMap<string, number>,
): CocoDetection[] {
  return detections.flatMap(({ label, score, box: [x1, y1, x2, y2] }) => {
    const category_id = idOf.get(label);
    return category_id === undefined
      ? []
      : [{ category_id, score, bbox: [x1, y1, x2 - x1 + 1, y2 - y1 + 1] }];
  });
}

/** Number of each category by name; of two categories with one name, the first. */
export function idsByName(categories: readonly Category[]): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  for (const { id, name } of categories) if (!ids.has(name)) ids.set(name, id);
  return ids;
}
