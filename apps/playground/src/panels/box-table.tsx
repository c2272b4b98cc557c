import { useState } from 'preact/hooks';
import type { Playground } from '../state/playground.ts';
import type { State } from '../state/state.ts';
import type { View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';
import { shortened } from '../text.ts';

const SHOWN = 50;

interface BoxTableProps {
  readonly app: Playground;
  readonly state: State;
  readonly view: View;
}

/** The boxes as a table, best first. */
export function BoxTable({ app, state, view: { boxes, colorOf } }: BoxTableProps) {
  const [all, setAll] = useState(false);
  const { columns } = STRINGS.results;
  const shown = all ? boxes : boxes.slice(0, SHOWN);
  const focused = (index: number, label: string): boolean => {
    const { focus } = state;
    return focus !== undefined && ('box' in focus ? focus.box === index : focus.label === label);
  };
  return (
    <>
      <table class="boxes">
        <caption class="visually-hidden">{STRINGS.results.table}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.label}</th>
            <th scope="col">{columns.score}</th>
            <th scope="col">{columns.x}</th>
            <th scope="col">{columns.y}</th>
            <th scope="col">{columns.width}</th>
            <th scope="col">{columns.height}</th>
          </tr>
        </thead>
        <tbody id="results">
          {shown.map(({ label, score, box: [x1, y1, x2, y2] }, i) => (
            <tr
              key={i}
              tabIndex={0}
              class={focused(i, label) ? 'focused' : ''}
              style={{ '--color': colorOf(label) }}
              onPointerEnter={() => app.focus({ box: i })}
              onPointerLeave={() => app.focus(undefined)}
              onFocus={() => app.focus({ box: i })}
              onBlur={() => app.focus(undefined)}
            >
              <td>
                <span class="dot" />
                {shortened(label, 28)}
              </td>
              <td>{score.toFixed(3)}</td>
              {[x1, y1, x2 - x1 + 1, y2 - y1 + 1].map((value, side) => (
                <td key={side}>{value.toFixed(0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {boxes.length > shown.length && (
        <button type="button" class="link-button" onClick={() => setAll(true)}>
          {STRINGS.results.more(boxes.length - shown.length)}
        </button>
      )}
    </>
  );
}
