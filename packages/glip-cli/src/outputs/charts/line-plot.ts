import { COLORS } from './chart-style.ts';
import { type ScaleOptions, scaleOf, tickLabel } from './scale.ts';
import { escapeMarkup, shortened } from './svg.ts';

export type Point = readonly [x: number, y: number];

export interface PlotLine {
  readonly name: string;
  /** In the order of x; values that are not finite are left out. */
  readonly points: readonly Point[];
  /** Index of the color; the line's place by default. */
  readonly color?: number;
  /** Marks each point, with its values as a tooltip. */
  readonly marks?: boolean;
  /** A faint line behind the others, without an entry in the legend. */
  readonly faint?: boolean;
}

/** A division of the x axis. */
export interface PlotPart {
  readonly name: string;
  readonly from: number;
}

export interface LinePlot {
  readonly title: string;
  readonly lines: readonly PlotLine[];
  /** Ends of the x axis. */
  readonly range: Point;
  /** Name of x: `step`. */
  readonly xName: string;
  readonly y?: ScaleOptions;
  readonly parts?: readonly PlotPart[];
  /** Text of a value in the legend and in tooltips. */
  readonly format?: (value: number) => string;
}

const [LEFT, RIGHT, BOTTOM] = [52, 14, 30];
const TITLE = 20;
const LEGEND_ROW = 16;
const CHARACTER = 6.3;
const MAX_POINTS = 600;
const MAX_NAME = 26;

/** A plot as a group of SVG elements, in the classes of `chartStyle`, with its upper left corner at `x`, `y`. */
export function linePlot(
  plot: LinePlot,
  place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): string {
  const { title, range, xName, parts = [], format = tickLabel } = plot;
  const lines = plot.lines.map((line, i) => ({
    ...line,
    color: (line.color ?? i) % COLORS,
    points: line.points.filter((point) => point.every(Number.isFinite)),
  }));
  const { width, height } = place;
  const legend = legendOf(
    lines.filter(({ faint, points }) => !faint && points.length > 0),
    width - LEFT - RIGHT,
    format,
  );
  const top = TITLE + legend.rows * LEGEND_ROW + (parts.length > 0 ? 21 : 10);
  const values = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const yScale = scaleOf(values, plot.y);
  const xScale = scaleOf(range, { exact: true, ticks: 5 });
  const [w, h] = [width - LEFT - RIGHT, height - top - BOTTOM];
  const X = (value: number): number => short(LEFT + w * xScale.at(value));
  const Y = (value: number): number => short(top + h * (1 - Math.max(-0.02, yScale.at(value))));

  const out = [text(LEFT, 14, title, 'title'), ...legend.parts];
  for (const tick of yScale.ticks) {
    out.push(
      `<line class="rule" x1="${LEFT}" x2="${short(width - RIGHT)}" y1="${Y(tick)}" y2="${Y(tick)}"/>`,
    );
    out.push(text(LEFT - 7, Y(tick) + 4, tickLabel(tick), 'faint end'));
  }
  for (const tick of xScale.ticks) {
    out.push(`<line class="rule" x1="${X(tick)}" x2="${X(tick)}" y1="${top + h}" y2="${top + h + 4}"/>`);
    out.push(text(X(tick), top + h + 17, tickLabel(tick), 'faint middle'));
  }
  out.push(text(width - RIGHT, top + h + 28, xName, 'faint end'));
  for (const [i, { name, from }] of parts.entries()) {
    const x = X(from);
    const room = X(parts[i + 1]?.from ?? range[1]) - x - 6;
    if (i > 0) out.push(`<line class="part" x1="${x}" x2="${x}" y1="${top}" y2="${top + h}"/>`);
    if (room >= 3 * CHARACTER) {
      out.push(text(x + 4, top - 3, shortened(name, Math.floor(room / CHARACTER)), 'faint small'));
    }
  }
  if (values.length === 0) out.push(text(LEFT + w / 2, top + h / 2, 'nothing yet', 'faint middle'));
  for (const { name, points, color, marks, faint } of [...lines].sort(faintFirst)) {
    const drawn = thinned(points, MAX_POINTS);
    const path = drawn.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${X(x)} ${Y(y)}`).join('');
    if (drawn.length > 1) out.push(`<path class="line c${color}${faint ? ' back' : ''}" d="${path}"/>`);
    if (!marks && drawn.length !== 1) continue;
    for (const [x, y] of drawn) {
      const tip = escapeMarkup(`${name}: ${format(y)} at ${xName} ${x}`);
      out.push(
        `<circle class="dot c${color}" cx="${X(x)}" cy="${Y(y)}" r="3"><title>${tip}</title></circle>`,
      );
    }
  }
  return `<g transform="translate(${place.x} ${place.y})">\n${out.join('\n')}\n</g>`;
}

function faintFirst(a: PlotLine, b: PlotLine): number {
  return Number(b.faint ?? false) - Number(a.faint ?? false);
}

/** Names of lines beside their colors, with their last values, in as many rows as they need. */
function legendOf(
  lines: readonly (PlotLine & { readonly color: number })[],
  width: number,
  format: (value: number) => string,
): { readonly parts: string[]; readonly rows: number } {
  let [x, row] = [0, 0];
  const parts = lines.flatMap(({ name, points, color }) => {
    const label = `${shortened(name, MAX_NAME)} ${format(points[points.length - 1][1])}`;
    const wide = 18 + label.length * CHARACTER + 14;
    if (x > 0 && x + wide - 14 > width) [x, row] = [0, row + 1];
    const [at, y] = [LEFT + x, TITLE + row * LEGEND_ROW + 11];
    x += wide;
    return [
      `<line class="line c${color}" x1="${short(at)}" x2="${short(at + 13)}" y1="${y - 4}" y2="${y - 4}"/>`,
      text(at + 18, y, label, 'small'),
    ];
  });
  return { parts, rows: lines.length === 0 ? 0 : row + 1 };
}

/** At most `count` points: means over intervals of equal numbers of points; the last point is kept. */
export function thinned(points: readonly Point[], count: number): readonly Point[] {
  if (points.length <= count) return points;
  const size = Math.ceil(points.length / (count - 1));
  const means: Point[] = [];
  for (let i = 0; i < points.length; i += size) {
    const part = points.slice(i, i + size);
    const mean = (axis: 0 | 1): number => part.reduce((sum, point) => sum + point[axis], 0) / part.length;
    means.push([mean(0), mean(1)]);
  }
  return [...means, points[points.length - 1]];
}

/** A text whose baseline begins at a place. @param style  classes of `chartStyle` */
export function text(x: number, y: number, content: string, style = ''): string {
  return `<text ${style === '' ? '' : `class="${style}" `}x="${short(x)}" y="${short(y)}">${escapeMarkup(content)}</text>`;
}

function short(value: number): number {
  return Math.round(value * 10) / 10;
}
