import type { Roofline } from '../measure/roofline.ts';
import { median } from '../measure/statistics.ts';
import type { Comparison } from './compare.ts';
import { kernelTimes } from './kernel-times.ts';
import { digits, lineOf, percent } from './lines.ts';
import type { CaseResult, DispatchTime } from './report.ts';
import { type Drawing, group, shape, svg, text } from './svg.ts';

// Plots as SVG, identical in the page and in saved reports, without scripts, in the colors of the page.

const ROW = 22;
const LABEL = 330;
const BAR = 700;

/** Each case's share of the roof, as bars. */
export function roofChart(results: readonly CaseResult[]): Drawing | undefined {
  const lines = results.map(lineOf).filter(({ roof, status }) => roof !== undefined && status === 'ok');
  if (lines.length === 0) return undefined;
  const most = Math.max(1, ...lines.map(({ roof = 0 }) => roof));
  const x = (share: number): number => LABEL + (BAR * share) / most;
  const rows = lines.map(({ id, roof = 0, median }, i) => {
    const y = i * ROW;
    const title = `${id}: ${percent(roof)} of the roof, ${digits(median)} ms`;
    const bar = shape('rect', {
      class: 'bar',
      x: LABEL,
      y: y + 4,
      width: Math.max(1, x(roof) - LABEL).toFixed(1),
      height: 14,
      rx: 2,
    });
    return {
      bar: group(title, [text(LABEL - 8, y + 15, shorten(id), 'label end'), bar]),
      value: text(x(roof) + 6, y + 15, percent(roof), 'value'),
    };
  });
  const height = lines.length * ROW;
  const roof = shape('line', { class: 'roof', x1: x(1).toFixed(1), x2: x(1).toFixed(1), y1: 0, y2: height });
  const parts = [...rows.map(({ bar }) => bar), roof, ...rows.map(({ value }) => value)]; // text over the line
  return svg('Share of the measured roof', LABEL + BAR + 60, height + 4, parts);
}

const PLOT = { width: 1090, height: 420, left: 62, right: 20, top: 12, bottom: 44 };

/** The roofline: work per byte against speed, both logarithmic. */
export function rooflineChart(
  results: readonly CaseResult[],
  roof: Roofline | undefined,
): Drawing | undefined {
  const points = results.flatMap(({ id, subject, status, samples, flops, bytes }) => {
    if (status !== 'ok' || !samples || !flops || !bytes) return [];
    return [{ id, subject, intensity: flops / bytes, speed: (1000 * flops) / median(samples) }];
  });
  if (!roof || points.length < 2) return undefined;
  const ridge = roof.flops / roof.bytes;
  const [x0, x1] = range([...points.map(({ intensity }) => intensity), ridge]);
  const [y0, y1] = range([...points.map(({ speed }) => speed), roof.flops]);
  const { width, height, left, right, top, bottom } = PLOT;
  const x = (value: number): number =>
    left + ((width - left - right) * Math.log(value / x0)) / Math.log(x1 / x0);
  const y = (value: number): number =>
    height - bottom - ((height - top - bottom) * Math.log(value / y0)) / Math.log(y1 / y0);
  const at = (a: number, b: number): string => `${x(a).toFixed(1)},${y(b).toFixed(1)}`;
  const least = Math.max(x0, y0 / roof.bytes);
  const line = [at(least, least * roof.bytes), at(ridge, roof.flops), at(x1, roof.flops)].join(' ');
  return svg('Work per byte against speed, under the measured roof', width, height, [
    ...decades(x0, x1).flatMap((value) => [
      shape('line', {
        class: 'grid',
        x1: x(value).toFixed(1),
        x2: x(value).toFixed(1),
        y1: top,
        y2: height - bottom,
      }),
      text(x(value), height - bottom + 16, `${Number(value.toPrecision(1))}`, 'tick middle'),
    ]),
    ...decades(y0, y1).flatMap((value) => [
      shape('line', {
        class: 'grid',
        x1: left,
        x2: width - right,
        y1: y(value).toFixed(1),
        y2: y(value).toFixed(1),
      }),
      text(left - 6, y(value) + 4, `${Number((value / 1e9).toPrecision(1))}`, 'tick end'),
    ]),
    text((left + width - right) / 2, height - 8, 'FLOP per byte', 'tick middle'),
    text(left + 4, top + 10, 'GFLOP/s', 'tick'),
    shape('polyline', { class: 'roof', points: line }),
    ...points.map(({ id, intensity, speed }) =>
      group(`${id}: ${digits(speed / 1e9)} GFLOP/s at ${digits(intensity)} FLOP per byte`, [
        shape('circle', { class: 'dot', cx: x(intensity).toFixed(1), cy: y(speed).toFixed(1), r: 5 }),
      ]),
    ),
  ]);
}

/** Samples of one case: a histogram, and below it each sample in order. */
export function histogram({ id, samples = [] }: CaseResult): Drawing | undefined {
  if (samples.length < 2) return undefined;
  const [least, most] = [Math.min(...samples), Math.max(...samples)];
  const bins = Math.max(5, Math.min(20, Math.ceil(Math.sqrt(samples.length)) * 2));
  const step = (most - least) / bins || 1e-9;
  const counts = new Array<number>(bins).fill(0);
  for (const ms of samples) counts[Math.min(bins - 1, Math.floor((ms - least) / step))] += 1;
  const [width, height, strip] = [420, 90, 60];
  const highest = Math.max(...counts);
  const x = (ms: number): number => 10 + ((width - 20) * (ms - least)) / (most - least || 1);
  const bars = counts.map((count, i) => {
    const size = (height * count) / highest;
    const title = `${count} samples from ${digits(least + i * step)} to ${digits(least + (i + 1) * step)} ms`;
    return group(title, [
      shape('rect', {
        class: 'bar',
        x: (x(least + i * step) + 1).toFixed(1),
        y: (height - size).toFixed(1),
        width: ((width - 20) / bins - 2).toFixed(1),
        height: size.toFixed(1),
      }),
    ]);
  });
  const middle = x(median(samples)).toFixed(1);
  const line = (from: number, to: number): Drawing =>
    shape('line', { class: 'roof', x1: middle, x2: middle, y1: from, y2: to });
  const dots = samples.map((ms, i) => {
    const y = height + 26 + ((strip - 10) * i) / samples.length;
    return group(`sample ${i + 1}: ${digits(ms)} ms`, [
      shape('circle', { class: 'dot', cx: x(ms).toFixed(1), cy: y.toFixed(1), r: 2.5 }),
    ]);
  });
  return svg(`Samples of ${id}`, width, height + strip + 22, [
    ...bars,
    line(0, height), // with a gap for the axis labels
    line(height + 20, height + strip + 16),
    text(10, height + 14, `${digits(least)} ms`, 'tick'),
    text(width - 10, height + 14, `${digits(most)} ms`, 'tick end'),
    ...dots,
  ]);
}

/** Time of a block or model by kernel, largest first. */
export function kernelChart(
  dispatches: readonly DispatchTime[],
  roof: Roofline | undefined,
): Drawing | undefined {
  const times = kernelTimes(dispatches, roof);
  if (times.length === 0) return undefined;
  const rows = times.map(({ kernel, ms, dispatches, share, roof }, i) => {
    const y = i * ROW;
    const note = `${digits(ms)} ms in ${dispatches}, ${percent(share)}${roof === undefined ? '' : `, ${percent(roof)} of roof`}`;
    return group(`${kernel}: ${note}`, [
      text(172, y + 15, kernel, 'label end'),
      shape('rect', {
        class: 'bar',
        x: 180,
        y: y + 4,
        width: Math.max(1, 220 * share).toFixed(1),
        height: 14,
        rx: 2,
      }),
      text(186 + 220 * share, y + 15, note, 'value'),
    ]);
  });
  return svg('GPU time by kernel', 640, times.length * ROW + 4, rows);
}

/** Speed-ups against a saved run with their intervals, about the line of no change. */
export function changeChart(comparisons: readonly Comparison[]): Drawing | undefined {
  const known = comparisons.filter(({ change }) => change !== undefined);
  if (known.length === 0) return undefined;
  const most = Math.max(
    1.25,
    ...known.map(({ change }) => Math.max(change?.interval[1] ?? 1, 1 / (change?.interval[0] ?? 1))),
  );
  const bar = BAR - 60; // the verdict needs its place
  const x = (speedup: number): number => LABEL + bar / 2 + ((bar / 2) * Math.log(speedup)) / Math.log(most);
  const rows = known.map(({ id, change }, i) => {
    const y = i * ROW + 11;
    const { speedup, interval, verdict } = change ?? { speedup: 1, interval: [1, 1], verdict: 'same' };
    return group(`${id}: ${speedup.toFixed(2)} times as fast (${verdict})`, [
      text(LABEL - 8, y + 4, shorten(id), 'label end'),
      shape('line', {
        class: 'range',
        x1: x(interval[0]).toFixed(1),
        x2: x(interval[1]).toFixed(1),
        y1: y,
        y2: y,
      }),
      shape('circle', { class: `dot ${verdict}`, cx: x(speedup).toFixed(1), cy: y, r: 5 }),
      text(LABEL + bar + 10, y + 4, `${speedup.toFixed(2)}× ${verdict}`, 'value'),
    ]);
  });
  const height = known.length * ROW;
  const one = shape('line', { class: 'roof', x1: x(1), x2: x(1), y1: 0, y2: height });
  return svg('Speed-up against the saved run', LABEL + bar + 120, height + 4, [one, ...rows]);
}

function shorten(id: string): string {
  const short = id.slice(id.indexOf('/') + 1);
  return short.length > 50 ? `${short.slice(0, 49)}…` : short;
}

function range(values: readonly number[]): [number, number] {
  return [
    10 ** Math.floor(Math.log10(Math.min(...values) * 0.9)),
    10 ** Math.ceil(Math.log10(Math.max(...values) * 1.1)),
  ];
}

function decades(least: number, most: number): number[] {
  const count = Math.round(Math.log10(most / least));
  return Array.from({ length: count + 1 }, (_, i) => least * 10 ** i);
}
