import { PALETTE } from '@glip-wgpu/datasets';
import type { CocoSummary } from '@glip-wgpu/detection-metrics';
import { barChart } from '../outputs/charts/bars.ts';
import { type Curve, unitCurves } from '../outputs/charts/unit-curves.ts';
import { share } from './figures.ts';

const MAX_COLORED = 12;

/** Precision by recall at IoU 0.5: each class with objects, and their mean. */
export function precisionRecallChart(summary: CocoSummary): string {
  const present = summary.categories.filter(({ objects }) => objects > 0);
  const sum = new Float64Array(101);
  const curves = present.map(({ id, name = String(id), AP50 }, i): Curve => {
    const { recall, precision } = summary.curve(id);
    for (const [r, value] of precision.entries()) sum[r] += value / present.length;
    const color = present.length <= MAX_COLORED ? PALETTE[i % PALETTE.length] : '#c3cad4';
    return {
      name: `${name} ${share(AP50)}`,
      color,
      points: recall.map((level, r) => [level, precision[r]] as const),
    };
  });
  const mean: Curve = {
    name: present.length > 1 ? `mean of ${present.length} classes ${share(summary.AP50)}` : '',
    color: '#111827',
    thick: true,
    points: Array.from(sum, (value, r) => [r / 100, value] as const),
  };
  const all = present.length > 1 ? [...curves, mean] : curves;
  return unitCurves('Precision by recall at IoU 0.5', ['recall', 'precision'], all);
}

/** AP50 of each class with objects, best first. */
export function classChart({ categories }: CocoSummary): string {
  const bars = categories
    .filter(({ objects }) => objects > 0)
    .sort((a, b) => b.AP50 - a.AP50)
    .map(({ id, name = String(id), AP50 }) => ({ label: name, values: [AP50] }));
  return barChart('AP50 of each class', [{ name: 'AP50', color: PALETTE[1] }], bars, share);
}
