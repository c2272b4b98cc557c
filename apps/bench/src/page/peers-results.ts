import { peerChart } from '../peers/peer-chart.ts';
import { type PeerReport, peerMarkdown, peerMeans, peerProblems, peerTable } from '../peers/peer-table.ts';
import { byId, copyFrom, download, drawn, fillList, make } from './dom.ts';

const table = byId<HTMLTableElement>('peers-results');
const exportsBar = byId('peers-exports');
let shown: PeerReport | undefined;

/** Shows a comparison, finished or not; nothing without rows. */
export function showPeers(report: PeerReport): void {
  shown = report;
  const { head, body } = peerTable(report);
  const some = body.length > 0;
  const className = (i: number, last: number): string => (i > 1 && i !== last - 1 ? 'number' : '');
  const row = (tag: 'th' | 'td', cells: readonly string[]): HTMLTableRowElement =>
    make('tr', {}, ...cells.map((cell, i) => cellOf(tag, cell, className(i, cells.length - 1))));
  table.tHead?.replaceChildren(...(some ? [row('th', head)] : []));
  table.tBodies[0].replaceChildren(...body.map((cells) => row('td', cells)));
  fillList(byId('peers-means'), peerMeans(report));
  fillList(byId('peers-problems'), peerProblems(report));
  const caption = make('figcaption', {
    textContent: 'Rates relative to the fastest; hollow if the results are wrong',
  });
  const chart = peerChart(report);
  byId('peers-chart').replaceChildren(...(chart ? [caption, drawn(chart)] : []));
  exportsBar.hidden = !some;
}

function cellOf(tag: 'th' | 'td', content: string, className: string): HTMLTableCellElement {
  const bad = tag === 'td' && /failed$|\(wrong\)$/.test(content);
  return make(tag, { className: `${className}${bad ? ' bad' : ''}`, textContent: content });
}

exportsBar.addEventListener('click', ({ target }) => {
  const button = target as HTMLElement;
  if (!shown) return;
  switch (button.dataset['peers']) {
    case 'json':
      download('peers.json', 'application/json', `${JSON.stringify(shown, undefined, 1)}\n`);
      break;
    case 'markdown':
      download('peers.md', 'text/markdown', `${peerMarkdown(shown)}\n`);
      break;
    case 'copy':
      void copyFrom(button, peerMarkdown(shown));
      break;
  }
});
