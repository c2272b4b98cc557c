import type { CocoArrays } from './accumulate.ts';
import { AREA_RANGES, type AreaRange, IOU_THRESHOLDS, RECALL_LEVELS } from './parameters.ts';

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

/** A part of the arrays: by default all IoU thresholds and objects of all sizes. */
export interface Choice {
  readonly iou?: number;
  readonly area?: AreaRange;
}

/** Place of an IoU threshold in the arrays, or -1. */
export function thresholdIndex(iou: number): number {
  return IOU_THRESHOLDS.findIndex((threshold) => Math.abs(threshold - iou) < 1e-9);
}

/** Place of an area range in the arrays, or -1. */
export function areaIndex(area: AreaRange): number {
  return AREA_RANGES.findIndex(({ name }) => name === area);
}

/** Reads means and curves out of the arrays; -1 where nothing is defined. */
export class Figures {
  readonly #arrays: CocoArrays;
  readonly #categories: number;
  readonly #limits: number;

  constructor(arrays: CocoArrays, categories: number, limits: number) {
    this.#arrays = arrays;
    this.#categories = categories;
    this.#limits = limits;
  }

  /** Mean precision over recall levels, IoU thresholds and categories. */
  precision(categories: Iterable<number>, { iou, area = 'all' }: Choice, m: number): number {
    const a = areaIndex(area);
    const mean = new Mean();
    for (const t of thresholds(iou)) {
      for (const k of categories) {
        for (let r = 0; r < RECALL_LEVELS.length; r++) {
          mean.add(this.#arrays.precision[this.#at(t * RECALL_LEVELS.length + r, k, a, m)]);
        }
      }
    }
    return mean.value;
  }

  /** Mean recall over IoU thresholds and categories. */
  recall(categories: Iterable<number>, { iou, area = 'all' }: Choice, m: number): number {
    const a = areaIndex(area);
    const mean = new Mean();
    for (const t of thresholds(iou)) {
      for (const k of categories) mean.add(this.#arrays.recall[this.#at(t, k, a, m)]);
    }
    return mean.value;
  }

  curve(k: number, t: number, a: number, m: number): PrecisionRecallCurve {
    const take = (from: Float64Array): Float64Array =>
      Float64Array.from(RECALL_LEVELS, (_, r) => from[this.#at(t * RECALL_LEVELS.length + r, k, a, m)]);
    return {
      recall: RECALL_LEVELS,
      precision: take(this.#arrays.precision),
      scores: take(this.#arrays.scores),
    };
  }

  #at(row: number, k: number, a: number, m: number): number {
    return ((row * this.#categories + k) * AREA_RANGES.length + a) * this.#limits + m;
  }
}

function thresholds(iou: number | undefined): Iterable<number> {
  return iou === undefined ? IOU_THRESHOLDS.keys() : [thresholdIndex(iou)];
}

/** Mean of the values above -1; -1 if there are none. */
class Mean {
  #sum = 0;
  #count = 0;

  add(value: number): void {
    if (value <= -1) return;
    this.#sum += value;
    this.#count += 1;
  }

  get value(): number {
    return this.#count === 0 ? -1 : this.#sum / this.#count;
  }
}
