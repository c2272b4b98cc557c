import { chart, FAINT, legend, rectangle, type Series, shortened, text } from './svg.ts';

const WIDTH = 720;
const LABELS = 170;
const ROW = 22;
const MAX_ROWS = 60;

export interface Bar {
  readonly label: string;
  /** One value for each series. */
  readonly values: readonly number[];
}

/** Horizontal bars, one below the other, series stacked. Beyond 60 bars the rest is one line. */
export function barChart(
  title: string,
  series: readonly Series[],
  bars: readonly Bar[],
  format: (value: number) => string = String,
): string {
  const shown = bars.slice(0, MAX_ROWS);
  const total = ({ values }: Bar): number => values.reduce((sum, value) => sum + value, 0);
  const largest = Math.max(...bars.map(total), Number.MIN_VALUE);
  const parts = series.length > 1 ? legend(WIDTH - 16, 26, series) : [];
  for (const [i, bar] of shown.entries()) {
    const y = 44 + i * ROW;
    parts.push(text(LABELS - 8, y + 14, shortened(bar.label, 22), { anchor: 'end' }));
    let x = LABELS;
    for (const [s, value] of bar.values.entries()) {
      const width = (value / largest) * (WIDTH - LABELS - 80);
      if (value > 0)
        parts.push(
          rectangle(
            x,
            y + 3,
            width,
            ROW - 7,
            series[s].color,
            `${bar.label}, ${series[s].name}: ${format(value)}`,
          ),
        );
      x += width;
    }
    parts.push(text(x + 6, y + 14, format(total(bar)), { color: FAINT }));
  }
  const more = bars.length - shown.length;
  const end = 44 + shown.length * ROW;
  if (more > 0) parts.push(text(LABELS, end + 14, `and ${more} more`, { color: FAINT }));
  return chart(WIDTH, end + (more > 0 ? 30 : 12), title, parts);
}
