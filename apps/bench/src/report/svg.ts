/** Text made safe inside of HTML and SVG. */
export function escaped(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A picture that scales down, with a name for those who cannot see it. */
export function svg(name: string, width: number, height: number, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${escaped(name)}">${parts.join('')}</svg>`;
}

/** Parts that show a title when pointed at. */
export function group(title: string, parts: readonly string[]): string {
  return `<g><title>${escaped(title)}</title>${parts.join('')}</g>`;
}

/** @param style  classes: label, value or tick; end or middle to anchor it there */
export function text(x: number, y: number, content: string, style: string): string {
  return `<text class="${style}" x="${x.toFixed(1)}" y="${y.toFixed(1)}">${escaped(content)}</text>`;
}
