// Parts of charts: plain SVG that needs no other file, in light colors; `chartStyle` has those of dark pages.

import { chartStyle } from './chart-style.ts';

const FONT = 'DejaVu Sans, Verdana, Arial, sans-serif';
const INK = '#1f2937';
export const FAINT = '#6b7280';
const RULE = '#e5e7eb';

export interface TextStyle {
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly color?: string;
  readonly weight?: number;
}

/** A text whose baseline begins, or ends, at a place. */
export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 12, anchor = 'start', color = INK, weight = 400 } = style;
  return `<text x="${short(x)}" y="${short(y)}" font-family="${FONT}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" fill="${color}"${classOf(color)}>${escapeMarkup(content)}</text>`;
}

export function rectangle(
  x: number,
  y: number,
  width: number,
  height: number,
  color: string,
  title = '',
): string {
  const tip = title === '' ? '' : `<title>${escapeMarkup(title)}</title>`;
  return `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="${color}">${tip}</rect>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, color = RULE): string {
  return `<line x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}" stroke="${color}"${classOf(color)}/>`;
}

/** A whole chart with its title, for a page whose style has `chartStyle`; a file of its own needs `withStyle`. */
export function chart(width: number, height: number, title: string, parts: readonly string[]): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const head = text(16, 26, title, { size: 15, weight: 600 });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="chart" ${size} role="img" aria-label="${escapeMarkup(title)}">
<rect width="${width}" height="${height}" rx="8" fill="white" class="paper"/>
${[head, ...parts].join('\n')}
</svg>
`;
}

/** Names of series beside their colors, from right to left. */
export function legend(right: number, y: number, series: readonly Series[]): string[] {
  let x = right;
  return [...series].reverse().flatMap(({ name, color }) => {
    const width = 7 * shortened(name, 24).length + 28;
    x -= width;
    return [rectangle(x, y - 9, 10, 10, color), text(x + 15, y, shortened(name, 24), { color: FAINT })];
  });
}

/** A set of values that share a color. */
export interface Series {
  readonly name: string;
  readonly color: string;
}

export function shortened(name: string, length: number): string {
  const letters = [...name];
  return letters.length > length ? `${letters.slice(0, Math.max(length - 1, 0)).join('')}…` : name;
}

/** A chart as a file of its own: light or dark as its viewer prefers. */
export function withStyle(chart: string): string {
  return chart.replace('>', `>\n<style>\n${chartStyle()}</style>`);
}

/** The class that dark pages color differently. */
function classOf(color: string): string {
  const names: Readonly<Record<string, string>> = { [INK]: 'ink', [FAINT]: 'faint', [RULE]: 'rule' };
  return names[color] ? ` class="${names[color]}"` : '';
}

/** Text for XML and HTML, lines kept; characters that neither can hold become U+FFFD. */
export function escapeMarkup(content: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return content
    .replace(/[&<>"']/g, (sign) => entities[sign])
    .replace(/[^\t\n\r\u{20}-\u{7e}\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

function short(value: number): number {
  return Math.round(value * 100) / 100;
}
