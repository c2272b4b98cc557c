import { PALETTE } from '@glip-wgpu/datasets';

/** Places in the palette of the colors of lines: neighbors differ in hue. */
const LINES = [1, 0, 2, 3, 4, 5, 8, 6, 15, 14];

/** Number of colors of lines. */
export const COLORS = LINES.length;

/** Style of charts, in a file of their own and in a page; in dark colors where the viewer prefers them. */
export function chartStyle(): string {
  const root = 'svg.chart';
  const rules = (
    colors: readonly string[],
    ink: string,
    faint: string,
    rule: string,
    paper: string,
  ): string =>
    [
      `${root} text, ${root} .ink { fill: ${ink}; }`,
      `${root} text.faint { fill: ${faint}; }`,
      `${root} .rule { stroke: ${rule}; }`,
      `${root} .part { stroke: ${faint}; stroke-dasharray: 3 3; }`,
      `${root} .paper { fill: ${paper}; }`,
      ...colors.map((color, i) => `${root} .c${i} { stroke: ${color}; --fill: ${color}; }`),
    ].join('\n');
  const colors = LINES.map((place) => PALETTE[place]);
  return `${root} text { font: 12px system-ui, "DejaVu Sans", Verdana, Arial, sans-serif; }
${root} .title { font-size: 13.5px; font-weight: 600; }
${root} .small { font-size: 11.5px; }
${root} .end { text-anchor: end; }
${root} .middle { text-anchor: middle; }
${root} .line { fill: none; stroke-width: 1.7; stroke-linejoin: round; stroke-linecap: round; }
${root} .back { stroke-width: 1; opacity: 0.3; }
${root} .dot { fill: var(--fill); stroke: none; }
${rules(colors, '#1f2937', '#5b6472', '#e5e7eb', '#ffffff')}
@media (prefers-color-scheme: dark) {
${rules(colors.map(lightened), '#e5e7eb', '#a3abb6', '#2f363f', '#171b21')}
}
`;
}

/** The same hue, legible on a dark ground. */
function lightened(color: string): string {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return `#${channels.map((value) => Math.round(value + 0.5 * (255 - value)).toString(16)).join('')}`;
}
