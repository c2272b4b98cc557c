import type { CategoryId } from '../types.ts';
import { fail } from '../validate.ts';
import {
  areaIndex,
  type CurveOptions,
  type Figures,
  type PrecisionRecallCurve,
  thresholdIndex,
} from './figures.ts';

/** The `curve` of a summary. */
export function curveOf(
  figures: Figures,
  places: ReadonlyMap<CategoryId, number>,
  m: number,
): (categoryId: CategoryId, options?: CurveOptions) => PrecisionRecallCurve {
  return (categoryId, { iou = 0.5, area = 'all' } = {}) => {
    const k = places.get(categoryId) ?? fail('categoryId', categoryId, 'an evaluated category');
    const t = thresholdIndex(iou);
    if (t < 0) fail('iou', iou, 'one of 0.5, 0.55 to 0.95');
    const a = areaIndex(area);
    if (a < 0) fail('area', area, 'all, small, medium or large');
    return figures.curve(k, t, a, m);
  };
}
