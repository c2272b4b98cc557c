import { type Dataset, PALETTE, type SplitReport } from '@glip-wgpu/datasets';
import { barChart } from '../outputs/charts/bars.ts';
import { logHistogram } from '../outputs/charts/histogram.ts';
import type { Series } from '../outputs/charts/svg.ts';

const SERIES_COLORS = [PALETTE[1], PALETTE[3], PALETTE[2], PALETTE[4], PALETTE[5], PALETTE[14]];

/** Boxes of each class by split, most frequent first. */
export function classChart({
  splits,
}: {
  readonly splits: readonly Pick<SplitReport, 'split' | 'categories'>[];
}): string {
  const names = new Set(splits.flatMap(({ categories }) => [...categories.keys()]));
  const bars = [...names].map((label) => ({
    label,
    values: splits.map(({ categories }) => categories.get(label) ?? 0),
  }));
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  bars.sort((a, b) => total(b.values) - total(a.values));
  return barChart('Boxes of each class', seriesOf([...splits.map(({ split }) => split)]), bars);
}

/** Sides of boxes: square roots of their areas, in pixels of the pictures. */
export function sizeChart({ splits }: Pick<Dataset, 'splits'>): string {
  const sides = [...splits.values()].map((images) =>
    images.flatMap(({ annotations }) =>
      annotations.map(({ box }) => Math.sqrt((box[2] - box[0]) * (box[3] - box[1]))),
    ),
  );
  return logHistogram(
    'Sizes of boxes',
    'side in pixels: the square root of the area',
    seriesOf([...splits.keys()]),
    sides,
  );
}

function seriesOf(names: readonly string[]): Series[] {
  return names.map((name, i) => ({ name, color: SERIES_COLORS[i % SERIES_COLORS.length] }));
}
