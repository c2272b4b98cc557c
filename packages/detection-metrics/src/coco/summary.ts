import type { CocoArrays } from './accumulate.ts';
import { AREA_RANGES, type AreaRange, IOU_THRESHOLDS, RECALL_LEVELS } from './parameters.ts';
import type { CocoCategory } from './types.ts';

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
  readonly id: number;
  readonly name: string | undefined;
  /** Objects of the ground truth, crowds left out. */
  readonly objects: number;
  readonly detections: number;
}

/** Precision by recall of one category. */
export interface PrecisionRecallCurve {
  /** 101 levels, 0 to 1. */
  readonly recall: readonly number[];
  /** Largest precision at each recall or beyond. */
  readonly precision: Float64Array;
  /** Score of the detection that reaches each recall; 0 where none does. */
  readonly scores: Float64Array;
}

export interface CurveOptions {
  /** One of the ten thresholds 0.5, 0.55 to 0.95; default 0.5. */
  readonly iou?: number | undefined;
  /** Default `all`. */
  readonly area?: AreaRange | undefined;
}

/** Counts by category that a summary repeats. */
export interface Counts {
  readonly objects: number;
  readonly detections: number;
}

/** Place of an IoU threshold in the arrays, or -1. */
export function thresholdIndex(iou: number): number {
  return IOU_THRESHOLDS.findIndex((threshold) => Math.abs(threshold - iou) < 1e-9);
}

/** Place of an area range in the arrays, or -1. */
export function areaIndex(area: AreaRange): number {
  return AREA_RANGES.findIndex(({ name }) => name === area);
}

/** Reads figures and curves out of the arrays. */
export class Figures {
  readonly #arrays: CocoArrays;
  readonly #categories: readonly CocoCategory[];
  readonly #limits: readonly number[];

  constructor(arrays: CocoArrays, categories: readonly CocoCategory[], limits: readonly number[]) {
    this.#arrays = arrays;
    this.#categories = categories;
    this.#limits = limits;
  }

  overall(): CocoFigures {
    const all = this.#categories.map((_, k) => k);
    const hundred = this.#limits.indexOf(100);
    return { ...this.#figures(all), AP: hundred < 0 ? -1 : this.#precision(all, {}, hundred) };
  }

  ofCategory(k: number, counts: Counts): CategoryFigures {
    const { id, name } = this.#categories[k];
    return { id, name, ...counts, ...this.#figures([k]) };
  }

  curve(k: number, t: number, a: number): PrecisionRecallCurve {
    const m = this.#limits.length - 1;
    const take = (from: Float64Array): Float64Array =>
      Float64Array.from(RECALL_LEVELS, (_, r) => from[this.#at(t * RECALL_LEVELS.length + r, k, a, m)]);
    return {
      recall: RECALL_LEVELS,
      precision: take(this.#arrays.precision),
      scores: take(this.#arrays.scores),
    };
  }

  #figures(categories: readonly number[]): CocoFigures {
    const last = this.#limits.length - 1;
    const precision = (choice: Choice): number => this.#precision(categories, choice, last);
    return {
      AP: precision({}),
      AP50: precision({ iou: 0.5 }),
      AP75: precision({ iou: 0.75 }),
      APs: precision({ area: 'small' }),
      APm: precision({ area: 'medium' }),
      APl: precision({ area: 'large' }),
      AR: this.#limits.map((_, m) => this.#recall(categories, 'all', m)),
      ARs: this.#recall(categories, 'small', last),
      ARm: this.#recall(categories, 'medium', last),
      ARl: this.#recall(categories, 'large', last),
    };
  }

  #precision(categories: readonly number[], { iou, area = 'all' }: Choice, m: number): number {
    const a = areaIndex(area);
    const only = iou === undefined ? undefined : thresholdIndex(iou);
    const values: number[] = [];
    for (const t of IOU_THRESHOLDS.keys()) {
      if (only !== undefined && t !== only) continue;
      for (const r of RECALL_LEVELS.keys()) {
        const row = t * RECALL_LEVELS.length + r;
        for (const k of categories) values.push(this.#arrays.precision[this.#at(row, k, a, m)]);
      }
    }
    return mean(values);
  }

  #recall(categories: readonly number[], area: AreaRange, m: number): number {
    const a = areaIndex(area);
    return mean(
      [...IOU_THRESHOLDS.keys()].flatMap((t) =>
        categories.map((k) => this.#arrays.recall[this.#at(t, k, a, m)]),
      ),
    );
  }

  #at(row: number, k: number, a: number, m: number): number {
    return ((row * this.#categories.length + k) * AREA_RANGES.length + a) * this.#limits.length + m;
  }
}

interface Choice {
  readonly iou?: number;
  readonly area?: AreaRange;
}

/** Mean of the values above -1; -1 if there are none. */
function mean(values: readonly number[]): number {
  const defined = values.filter((value) => value > -1);
  return defined.length === 0 ? -1 : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
