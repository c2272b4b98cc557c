import { type Comparison, compareReports } from '../report/compare.ts';
import { digits, type Line, lineOf, percent } from '../report/lines.ts';
import { changeCells } from '../report/markdown.ts';
import type { CaseResult, Report } from '../report/report.ts';
import { fits } from '../suites/index.ts';
import { byId, make } from './dom.ts';
import { detailOf } from './result-details.ts';

type Sortable = 'id' | 'median' | 'p90' | 'gflops' | 'gbs' | 'roof' | 'status' | 'speedup';
type Row = Line & { readonly speedup?: number };

const COLUMNS: readonly { key: Sortable; title: string; number?: boolean }[] = [
  { key: 'id', title: 'case' },
  { key: 'median', title: 'ms', number: true },
  { key: 'p90', title: 'p10 to p90', number: true },
  { key: 'gflops', title: 'GFLOP/s', number: true },
  { key: 'gbs', title: 'GB/s', number: true },
  { key: 'roof', title: 'of roof', number: true },
  { key: 'status', title: 'check' },
];

const table = byId<HTMLTableElement>('results');
const filter = byId<HTMLInputElement>('table-filter');
const status = byId<HTMLSelectElement>('table-status');
const open = new Set<string>();
let sort: { key: Sortable; down: boolean } | undefined;
let shown: Pick<Report, 'results' | 'roofline'> = { results: [] };
let comparisons: ReadonlyMap<string, Comparison> | undefined;

/** Shows results, beside those of a saved run if there is one. */
export function showResults(report: Report, before?: Report): void {
  shown = report;
  comparisons = before && new Map(compareReports(before, report).map((item) => [item.id, item]));
  render();
}

function render(): void {
  const columns = comparisons ? [...COLUMNS, { key: 'speedup', title: 'speed-up' } as const] : COLUMNS;
  table.tHead?.replaceChildren(
    make(
      'tr',
      {},
      ...columns.map(({ key, title, ...rest }) => {
        const button = make('button', { type: 'button', textContent: title });
        button.dataset['sort'] = key;
        const cell = make('th', { scope: 'col', className: 'number' in rest ? 'number' : '' }, button);
        cell.ariaSort = sort?.key === key ? (sort.down ? 'descending' : 'ascending') : 'none';
        return cell;
      }),
    ),
  );
  const rows = chosen();
  const byKey = new Map(shown.results.map((result) => [result.id, result]));
  const body = rows.flatMap((row) => {
    const result = byKey.get(row.id) as CaseResult;
    return open.has(row.id) ? [rowOf(row), detailOf(result, columns.length, shown.roofline)] : [rowOf(row)];
  });
  const empty =
    shown.results.length === 0 ? 'No results yet: choose suites and press Run.' : 'No case matches.';
  const nothing = make(
    'tr',
    {},
    make('td', { colSpan: columns.length, className: 'note', textContent: empty }),
  );
  table.tBodies[0].replaceChildren(...(body.length > 0 ? body : [nothing]));
}

/** Filtered and sorted rows. Wrong results have no times to rank by and come last. */
function chosen(): Row[] {
  const rows = shown.results
    .map((result): Row => {
      const speedup = comparisons?.get(result.id)?.change?.speedup;
      return { ...lineOf(result), ...(speedup === undefined ? {} : { speedup }) };
    })
    .filter((row) => fits(row.id, filter.value))
    .filter((row) => status.value === '' || (status.value === 'ok') === (row.status === 'ok'));
  if (!sort) return rows;
  const { key, down } = sort;
  return rows.sort((a, b) => {
    const [x, y] = [a[key], b[key]];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    const order = typeof x === 'string' ? x.localeCompare(`${y}`) : x - (y as number);
    return down ? -order : order;
  });
}

function rowOf(row: Row): HTMLTableRowElement {
  const words = row.id.split('/').flatMap((word, i) => (i > 0 ? ['/', make('wbr'), word] : [word]));
  const toggle = make('button', { type: 'button', className: 'open' }, ...words);
  toggle.dataset['open'] = row.id;
  toggle.ariaExpanded = `${open.has(row.id)}`;
  const number = (content: string): HTMLTableCellElement =>
    make('td', { className: 'number', textContent: content });
  const check = row.message ? `${row.status}: ${row.message}` : row.status;
  const state = make('td', { className: row.status, textContent: check });
  const cells = [make('td', {}, toggle)];
  if (row.median === undefined) {
    state.colSpan = COLUMNS.length - 1; // the reason replaces the times
    cells.push(state);
  } else {
    const range = `${digits(row.p10)} to ${digits(row.p90)}`;
    const numbers = [digits(row.median), range, digits(row.gflops), digits(row.gbs), percent(row.roof)];
    cells.push(...numbers.map(number), state);
  }
  if (comparisons) {
    const comparison = comparisons.get(row.id);
    const className = comparison?.change?.verdict ?? 'note';
    cells.push(make('td', { className, textContent: changeCells(comparison)[1] }));
  }
  return make('tr', {}, ...cells);
}

table.addEventListener('click', ({ target }) => {
  const { sort: key, open: id } = (target as HTMLElement).dataset;
  if (key) {
    sort = { key: key as Sortable, down: sort?.key === key ? !sort.down : key !== 'id' && key !== 'status' };
    render();
    table.querySelector<HTMLElement>(`[data-sort=${key}]`)?.focus();
  } else if (id) {
    if (!open.delete(id)) open.add(id);
    render();
    table.querySelector<HTMLElement>(`[data-open=${CSS.escape(id)}]`)?.focus();
  }
});
filter.addEventListener('input', render);
status.addEventListener('change', render);
render();
