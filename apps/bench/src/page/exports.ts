import { toCsv } from '../report/csv.ts';
import { toHtml } from '../report/html.ts';
import { toMarkdown } from '../report/markdown.ts';
import type { Report } from '../report/report.ts';
import { toTrace } from '../report/trace.ts';
import { byId, copyFrom, download } from './dom.ts';

type Write = (report: Report, before?: Report) => string;

const FORMATS: Readonly<Record<string, { name: string; type: string; write: Write }>> = {
  json: {
    name: 'bench.json',
    type: 'application/json',
    write: (report) => JSON.stringify(report, undefined, 1),
  },
  csv: { name: 'bench.csv', type: 'text/csv', write: toCsv },
  markdown: { name: 'bench.md', type: 'text/markdown', write: toMarkdown },
  html: { name: 'bench.html', type: 'text/html', write: toHtml },
  trace: { name: 'bench.trace.json', type: 'application/json', write: toTrace },
};

/** Connects the buttons that save the results. */
export function connectExports(current: () => { report?: Report; before?: Report }): void {
  byId('exports').addEventListener('click', ({ target }) => {
    const button = target as HTMLElement;
    const { report, before } = current();
    if (!report) return;
    if (button.id === 'copy-markdown') void copyFrom(button, toMarkdown(report, before));
    const format = FORMATS[button.dataset['format'] ?? ''];
    if (format) download(format.name, format.type, format.write(report, before));
  });
}

export function enableExports(enabled: boolean): void {
  for (const button of byId('exports').querySelectorAll('button')) button.disabled = !enabled;
}
