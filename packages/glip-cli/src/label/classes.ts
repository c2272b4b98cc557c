import type { DatasetLabel } from '@glip-wgpu/datasets';
import type { NamedClass } from '../inputs/names-file.ts';
import type { FormatName } from './formats.ts';

/**
 * Labels of a dataset with their numbers from the user's file. If the file has none, or has those of another format,
 * numbers follow its order: 0, 1 ... in YOLO, 1, 2 ... in COCO.
 */
export function datasetLabels(classes: readonly NamedClass[], format: FormatName): DatasetLabel[] {
  const nameOf = ({ category }: NamedClass): string =>
    typeof category === 'string' ? category : category.label;
  const own = format === 'yolo' ? 'yolo' : 'coco';
  if (classes.every((one) => one[own] !== undefined)) {
    return classes.map((one) => ({ name: nameOf(one), id: one[own] as number }));
  }
  if (own === 'coco' && classes.every(({ yolo }) => yolo !== undefined)) {
    return classes.map((one) => ({ name: nameOf(one), id: (one.yolo as number) + 1 }));
  }
  const byId = classes.every(({ coco }) => coco !== undefined)
    ? [...classes].sort((a, b) => (a.coco as number) - (b.coco as number))
    : classes;
  return byId.map(nameOf);
}
