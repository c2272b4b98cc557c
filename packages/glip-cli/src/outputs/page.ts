import { escapeMarkup } from './charts/svg.ts';

/** A part of a report page. */
export interface Section {
  readonly title: string;
  /** Markup. */
  readonly body: string;
}

/** A page that needs no other host: its style and charts are in it, its pictures beside it. */
export function page(title: string, summary: string, sections: readonly Section[]): string {
  const parts = sections.map(
    ({ title: head, body }) => `<section>\n<h2>${escapeMarkup(head)}</h2>\n${body}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeMarkup(title)}</h1>
<p>${escapeMarkup(summary)}</p>
${parts.join('\n')}
</body>
</html>
`;
}

/** A table of texts; the columns after the first are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeMarkup(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="wide"><table>\n<thead>${row('th', head)}</thead>\n<tbody>\n${rows
    .map((cells) => row('td', cells))
    .join('\n')}\n</tbody>\n</table></div>`;
}

/** Pictures with captions. @param pictures  paths beside the page, with forward slashes */
export function gallery(pictures: readonly { readonly path: string; readonly caption: string }[]): string {
  const figures = pictures.map(({ path, caption }) => {
    const source = path.split('/').map(encodeURIComponent).join('/');
    const text = escapeMarkup(caption);
    return `<figure><a href="${source}"><img src="${source}" alt="${text}" loading="lazy"></a><figcaption>${text}</figcaption></figure>`;
  });
  return `<div class="gallery">\n${figures.join('\n')}\n</div>`;
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 1200px; margin: 0 auto; padding: 24px 20px 64px; background: light-dark(#f6f7f9, #14171c); color: light-dark(#1f2937, #e5e7eb); }
h1 { font-size: 1.6rem; margin: 0 0 4px; } h2 { font-size: 1.15rem; margin: 36px 0 12px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px; text-align: right; border-bottom: 1px solid light-dark(#e5e7eb, #2b3139); }
th:first-child, td:first-child { text-align: left; padding-left: 0; overflow-wrap: anywhere; }
svg { display: block; max-width: 100%; height: auto; margin-bottom: 16px; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 16px; }
figure { margin: 0; } img { width: 100%; border-radius: 6px; } figcaption { font-size: .85rem; overflow-wrap: anywhere; }
ul { padding-left: 20px; overflow-wrap: anywhere; }
`;
