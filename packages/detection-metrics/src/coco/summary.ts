import type { Figures } from '../matching/figures.ts';
import type { CategoryId } from '../types.ts';

/** COCO's figures, 0 to 1; -1 where the ground truth has no object to find. */
export interface CocoFigures {
  /** Average precision over IoU 0.50 to 0.95. Over all categories it is -1 unless one limit is 100, as in pycocotools. */
  readonly AP: number;
  readonly AP50: number;
  readonly AP75: number;
  /** Objects of at most 32², from 32² to 96², and from 96² square pixels on. */
  readonly APs: number;
  readonly APm: number;
  readonly APl: number;
  /** Average recall at each limit of `maxDetections`: AR1, AR10 and AR100. */
  readonly AR: readonly number[];
  /** Average recall by size, at the last limit. */
  readonly ARs: number;
  readonly ARm: number;
  readonly ARl: number;
}

export interface CategoryFigures extends CocoFigures {
  readonly id: CategoryId;
  readonly name: string | undefined;
  /** Objects of the ground truth, crowds left out. */
  readonly objects: number;
  readonly detections: number;
}

/** Figures over categories, given by their places in the arrays, at the last limit. */
export function cocoFigures(
  figures: Figures,
  categories: readonly number[],
  limits: readonly number[],
): CocoFigures {
  const last = limits.length - 1;
  return {
    AP: figures.precision(categories, {}, last),
    AP50: figures.precision(categories, { iou: 0.5 }, last),
    AP75: figures.precision(categories, { iou: 0.75 }, last),
    APs: figures.precision(categories, { area: 'small' }, last),
    APm: figures.precision(categories, { area: 'medium' }, last),
    APl: figures.precision(categories, { area: 'large' }, last),
    AR: limits.map((_, m) => figures.recall(categories, {}, m)),
    ARs: figures.recall(categories, { area: 'small' }, last),
    ARm: figures.recall(categories, { area: 'medium' }, last),
    ARl: figures.recall(categories, { area: 'large' }, last),
  };
}

/** Figures over all categories: pycocotools reads their AP at the limit 100, and gives -1 without one. */
export function overallFigures(
  figures: Figures,
  categories: readonly number[],
  limits: readonly number[],
): CocoFigures {
  const hundred = limits.indexOf(100);
  const AP = hundred < 0 ? -1 : figures.precision(categories, {}, hundred);
  return { ...cocoFigures(figures, categories, limits), AP };
}
