import { createHash } from 'node:crypto';
import { chartStyle } from './charts/chart-style.ts';
import { escapeMarkup } from './charts/svg.ts';

/** A part of a report page. */
export interface Section {
  readonly title: string;
  /** Markup. */
  readonly body: string;
}

/**
 * A page that needs no other host: its style and charts are in it, its pictures in it or beside it. Its policy allows that
 * style and those pictures, and nothing else.
 */
export function page(title: string, summary: string, sections: readonly Section[]): string {
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self' file: data:; base-uri 'none'; form-action 'none'`;
  const parts = sections.map(
    ({ title: head, body }) => `<section>\n<h2>${escapeMarkup(head)}</h2>\n${body}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeMarkup(title)}</h1>
<p class="summary">${escapeMarkup(summary)}</p>
${parts.join('\n')}
</body>
</html>
`;
}

export interface TableOptions {
  /** Number of leading columns that hold texts, the others hold numbers; default 1. */
  readonly texts?: number;
  /** Index of an emphasized row. */
  readonly marked?: number | undefined;
}

/** A table of texts. @param head  names of the columns; none for a table without */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { texts = 1, marked }: TableOptions = {},
): string {
  const row = (tag: string, cells: readonly string[], style = ''): string =>
    `<tr${style}>${cells
      .map((cell, i) => `<${tag}${i < texts ? '' : ' class="number"'}>${escapeMarkup(cell)}</${tag}>`)
      .join('')}</tr>`;
  const body = rows.map((cells, i) => row('td', cells, i === marked ? ' class="marked"' : ''));
  const top = head.length === 0 ? '' : `<thead>${row('th', head)}</thead>\n`;
  return `<div class="wide"><table>\n${top}<tbody>\n${body.join('\n')}\n</tbody>\n</table></div>`;
}

/** Pictures with captions. @param pictures  paths beside the page, with forward slashes */
export function gallery(pictures: readonly { readonly path: string; readonly caption: string }[]): string {
  const figures = pictures.map(({ path, caption }) => {
    const source = addressOf(path);
    const text = escapeMarkup(caption);
    return `<figure><a href="${source}"><img src="${source}" alt="${text}" loading="lazy"></a><figcaption>${text}</figcaption></figure>`;
  });
  return `<div class="gallery">\n${figures.join('\n')}\n</div>`;
}

/**
 * A WebP within the page, which needs no other file; it has a heading of its own.
 *
 * @param picture  `path`: a larger one beside the page, as a link
 */
export function embedded({
  webp,
  path,
  caption,
}: Readonly<{ webp: Uint8Array; path: string; caption: string }>): string {
  const text = escapeMarkup(caption);
  const source = `data:image/webp;base64,${Buffer.from(webp).toString('base64')}`;
  return `<figure><a href="${addressOf(path)}"><img src="${source}" alt="${text}"></a></figure>`;
}

/** Links to files beside the page. */
export function links(
  text: string,
  files: readonly { readonly path: string; readonly name: string }[],
): string {
  const list = files.map(({ path, name }) => `<a href="${addressOf(path)}">${escapeMarkup(name)}</a>`);
  return `<p class="remark">${escapeMarkup(text)} ${list.join(', ')}</p>`;
}

function addressOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Figures in large type with their names. */
export function tiles(items: readonly (readonly [name: string, value: string])[]): string {
  const parts = items.map(
    ([name, value]) => `<div><dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(value)}</dd></div>`,
  );
  return `<dl class="tiles">\n${parts.join('\n')}\n</dl>`;
}

/** A paragraph in small type. */
export function remark(text: string): string {
  return `<p class="remark">${escapeMarkup(text)}</p>`;
}

/** Text whose lines and spaces are kept. */
export function verbatim(text: string): string {
  return `<pre>${escapeMarkup(text)}</pre>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2937; --soft: #5b6472; --ground: #f6f7f9; --panel: #ffffff; --edge: #e5e7eb; --good: #15803d; }
@media (prefers-color-scheme: dark) {
:root { --ink: #e5e7eb; --soft: #a3abb6; --ground: #101317; --panel: #171b21; --edge: #2f363f; --good: #4ade80; }
}
* { box-sizing: border-box; }
body { max-width: 1200px; margin: 0 auto; padding: 24px 20px 64px; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, "DejaVu Sans", Verdana, Arial, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 36px 0 12px; }
.summary, .remark, figcaption { color: var(--soft); overflow-wrap: anywhere; }
.summary { margin: 0; } .remark, figcaption { font-size: .87rem; margin-top: 4px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(176px, 1fr)); gap: 10px; margin: 0; }
.tiles div, pre { background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; padding: 10px 14px; }
.tiles dt { color: var(--soft); font-size: .82rem; overflow-wrap: anywhere; }
.tiles dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
pre { margin: 0 0 12px; font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .94rem; }
th, td { padding: 4px 18px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--edge); overflow-wrap: break-word; max-width: 60rem; }
th { color: var(--soft); font-weight: 600; } .number { text-align: right; white-space: nowrap; }
.marked td { color: var(--good); font-weight: 600; }
svg.chart { display: block; max-width: 100%; height: auto; margin-bottom: 16px; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 16px; }
figure { margin: 0 0 16px; } .gallery figure { margin: 0; } img { display: block; max-width: 100%; height: auto; border-radius: 6px; } .gallery img { width: 100%; }
ul { padding-left: 20px; overflow-wrap: anywhere; }
${chartStyle()}`;
