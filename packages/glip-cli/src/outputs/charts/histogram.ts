import { chart, FAINT, legend, line, rectangle, type Series, text } from './svg.ts';

const [WIDTH, HEIGHT] = [720, 300];
const [LEFT, TOP, RIGHT, BOTTOM] = [56, 48, 20, 48];

/** Columns over a scale of powers of two, series stacked. @param values  of each series, positive */
export function logHistogram(
  title: string,
  axis: string,
  series: readonly Series[],
  values: readonly (readonly number[])[],
): string {
  const bin = (value: number): number => Math.floor(2 * Math.log2(Math.max(value, 1)));
  const bins = values.map((list) => list.map(bin));
  const all = bins.flat();
  const first = all.reduce((a, b) => Math.min(a, b), all[0] ?? 0);
  const last = all.reduce((a, b) => Math.max(a, b), first);
  const counts = bins.map((list) => {
    const columns = new Array<number>(last - first + 1).fill(0);
    for (const b of list) columns[b - first] += 1;
    return columns;
  });
  const totals = counts[0]?.map((_, i) => counts.reduce((sum, columns) => sum + columns[i], 0)) ?? [];
  const highest = Math.max(...totals, 1);
  const [width, height] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  const step = width / Math.max(totals.length, 1);
  const parts = series.length > 1 ? legend(WIDTH - 16, 26, series) : [];
  for (const share of [0, 0.5, 1]) {
    const y = TOP + height * (1 - share);
    parts.push(line(LEFT, y, WIDTH - RIGHT, y));
    const count = Math.round(highest * share);
    parts.push(text(LEFT - 8, y + 4, String(count), { anchor: 'end', color: FAINT, size: 11 }));
  }
  for (let i = 0; i < totals.length; i++) {
    let y = TOP + height;
    for (const [s, columns] of counts.entries()) {
      const tall = (columns[i] / highest) * height;
      y -= tall;
      const title = `${edge(first + i)} to ${edge(first + i + 1)}, ${series[s].name}: ${columns[i]}`;
      if (columns[i] > 0)
        parts.push(rectangle(LEFT + i * step + 1, y, step - 2, tall, series[s].color, title));
    }
  }
  for (let i = 0; i <= totals.length; i++) {
    if (totals.length > 14 && (first + i) % 2 !== 0) continue;
    const style = { anchor: 'middle', color: FAINT, size: 11 } as const;
    parts.push(text(LEFT + i * step, HEIGHT - BOTTOM + 16, edge(first + i), style));
  }
  parts.push(text(LEFT + width / 2, HEIGHT - 10, axis, { anchor: 'middle', color: FAINT }));
  return chart(WIDTH, HEIGHT, title, parts);
}

function edge(bin: number): string {
  return String(Math.round(2 ** (bin / 2)));
}
