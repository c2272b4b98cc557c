import type { CocoArrays } from '../matching/accumulate.ts';
import type { CurveOptions, Figures, PrecisionRecallCurve } from '../matching/figures.ts';
import type { CategoryId } from '../types.ts';
import type { LvisCategory, LvisFrequency } from './types.ts';

/** Figures of some categories, 0 to 1; -1 where the ground truth has no object to find. */
export interface LvisFigures {
  /** Average precision over IoU 0.50 to 0.95. */
  readonly AP: number;
  readonly AP50: number;
  readonly AP75: number;
  /** Objects of at most 32², from 32² to 96², and from 96² square pixels on. */
  readonly APs: number;
  readonly APm: number;
  readonly APl: number;
  /** Average recall, of all objects and by size. */
  readonly AR: number;
  readonly ARs: number;
  readonly ARm: number;
  readonly ARl: number;
}

export interface LvisCategoryFigures extends LvisFigures {
  readonly id: CategoryId;
  readonly name: string | undefined;
  readonly frequency: LvisFrequency;
  /** Objects of the ground truth, ignored ones left out. */
  readonly objects: number;
  /** Detections within the limit, in images where the category was judged. */
  readonly detections: number;
}

/** Figures over all images that were added. */
export interface LvisSummary extends LvisFigures {
  /** AP of rare, common and frequent categories. */
  readonly APr: number;
  readonly APc: number;
  readonly APf: number;
  readonly images: number;
  /** By ascending id. */
  readonly categories: readonly LvisCategoryFigures[];
  /** lvis-api's arrays; their third, for `recall` second, axis follows `categories`, and they have one limit. */
  readonly arrays: CocoArrays;
  /**
   * Precision by recall of one category.
   *
   * @throws MetricsError for a category or threshold that was not evaluated
   */
  curve(categoryId: CategoryId, options?: CurveOptions): PrecisionRecallCurve;
}

/** Figures over categories, given by their places in the arrays. */
export function lvisFigures(figures: Figures, categories: readonly number[]): LvisFigures {
  return {
    AP: figures.precision(categories, {}, 0),
    AP50: figures.precision(categories, { iou: 0.5 }, 0),
    AP75: figures.precision(categories, { iou: 0.75 }, 0),
    APs: figures.precision(categories, { area: 'small' }, 0),
    APm: figures.precision(categories, { area: 'medium' }, 0),
    APl: figures.precision(categories, { area: 'large' }, 0),
    AR: figures.recall(categories, {}, 0),
    ARs: figures.recall(categories, { area: 'small' }, 0),
    ARm: figures.recall(categories, { area: 'medium' }, 0),
    ARl: figures.recall(categories, { area: 'large' }, 0),
  };
}

/** AP by frequency. */
export function frequencyFigures(
  figures: Figures,
  categories: readonly LvisCategory[],
): Pick<LvisSummary, 'APr' | 'APc' | 'APf'> {
  const ofFrequency = (wanted: LvisFrequency): number =>
    figures.precision(
      [...categories.keys()].filter((k) => categories[k].frequency === wanted),
      {},
      0,
    );
  return { APr: ofFrequency('r'), APc: ofFrequency('c'), APf: ofFrequency('f') };
}
