import { byId, make } from './dom.ts';

const table = byId<HTMLTableElement>('play-results');

/** Shows outcomes; the second cell of a row is colored by its class. No table without rows. */
export function showTable(
  titles: readonly string[],
  rows: readonly (readonly [className: string, cells: readonly string[]])[],
): void {
  table.hidden = rows.length === 0;
  table.tHead?.replaceChildren(
    make('tr', {}, ...titles.map((title) => make('th', { scope: 'col', textContent: title }))),
  );
  table.tBodies[0].replaceChildren(
    ...rows.map(([className, cells]) =>
      make(
        'tr',
        {},
        ...cells.map((content, i) =>
          make('td', { textContent: content, className: i === 1 ? className : '' }),
        ),
      ),
    ),
  );
}
