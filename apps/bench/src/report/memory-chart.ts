import { digits } from './lines.ts';
import type { CaseResult } from './report.ts';
import { type Drawing, group, shape, svg, text } from './svg.ts';

const [width, height] = [1090, 220];
const [left, right, top, bottom] = [62, 20, 12, 44];

/** GPU memory from case to case: total, and the part held by tensors. */
export function memoryChart(results: readonly CaseResult[]): Drawing | undefined {
  const cases = results.flatMap(({ id, memory }) => (memory ? [{ id, points: memory }] : []));
  if (cases.length === 0) return undefined;
  let total = 0;
  const laid = cases.map(({ id, points }) => {
    const from = total;
    total += points.at(-1)?.ms ?? 0;
    return { id, from, to: total, points: points.map((point) => ({ ...point, ms: point.ms + from })) };
  });
  const all = laid.flatMap(({ points }) => points);
  const most = Math.max(1, ...all.map(({ allocated }) => allocated));
  const [scale, unit] = most < 1e5 ? [1e3, 'kB'] : [1e6, 'MB'];
  const x = (ms: number): number => left + ((width - left - right) * ms) / (total || 1);
  const y = (bytes: number): number => height - bottom - ((height - top - bottom) * bytes) / most;
  const steps = (key: 'allocated' | 'live'): string =>
    all
      .map((point, i) => {
        const before = all[i - 1]?.[key] ?? 0;
        return `${x(point.ms).toFixed(1)},${y(before).toFixed(1)} ${x(point.ms).toFixed(1)},${y(point[key]).toFixed(1)}`;
      })
      .join(' ');
  const ground = `${x(total).toFixed(1)},${y(0)} ${x(0).toFixed(1)},${y(0)}`;
  return svg('GPU memory during the run', width, height, [
    ...[0, 0.5, 1].flatMap((share) => [
      shape('line', {
        class: 'grid',
        x1: left,
        x2: width - right,
        y1: y(share * most).toFixed(1),
        y2: y(share * most).toFixed(1),
      }),
      text(
        left - 6,
        y(share * most) + 4,
        share > 0 ? `${digits((share * most) / scale)} ${unit}` : '0',
        'tick end',
      ),
    ]),
    shape('polygon', { class: 'allocated', points: `${steps('allocated')} ${ground}` }),
    shape('polygon', { class: 'held', points: `${steps('live')} ${ground}` }),
    text(left, height - 26, '0', 'tick'),
    text(width - right, height - 26, `${digits(total / 1000)} s`, 'tick end'),
    shape('rect', { class: 'allocated', x: left, y: height - 16, width: 12, height: 12 }),
    text(left + 18, height - 6, 'allocated', 'tick'),
    shape('rect', { class: 'held', x: left + 90, y: height - 16, width: 12, height: 12 }),
    text(left + 108, height - 6, 'held by tensors; the rest waits for reuse', 'tick'),
    ...laid.map(({ id, from, to, points }) => {
      const highest = Math.max(...points.map(({ allocated }) => allocated));
      return group(`${id}: ${digits(highest / 1e6)} MB`, [
        shape('rect', {
          class: 'span',
          x: x(from).toFixed(1),
          y: top,
          width: (x(to) - x(from)).toFixed(1),
          height: height - top - bottom,
        }),
      ]);
    }),
  ]);
}
