import { useState } from 'preact/hooks';
import type { Playground } from '../state/playground.ts';
import type { State } from '../state/state.ts';
import { focusedLabel, own, type View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';
import { shortened } from '../text.ts';
import { Icon } from './icon.tsx';

const SHOWN = 24;

/** The phrases that the text is read as, in the colors of their boxes. */
export function Chips({
  app,
  state,
  view,
}: {
  readonly app: Playground;
  readonly state: State;
  readonly view: View;
}) {
  const [all, setAll] = useState(false);
  const { reading, colorOf, found } = view;
  if (!reading || !('plan' in reading)) return null;
  const { targets } = reading.plan;
  const counts = new Map(found?.labels.map(({ label, found: count }) => [label, count]));
  const removable = state.settings.mode === 'categories';
  const shown = all ? targets : targets.slice(0, SHOWN);
  return (
    <ul class="chips" id="chips">
      {shown.map(({ label }) => {
        const count = counts.get(label);
        const isFocused = label === focusedLabel(state, view);
        return (
          <li
            key={label}
            class={`chip${isFocused ? ' focused' : ''}`}
            style={{ '--color': colorOf(label) }}
            onPointerEnter={() => app.focus({ label })}
            onPointerLeave={() => app.focus(undefined)}
          >
            <span class="dot" />
            <span class="chip-name" title={label}>
              {shortened(label, 40)}
            </span>
            {count !== undefined && !view.stale && <span class="chip-count">{count}</span>}
            {own(state.settings.thresholds, label) !== undefined && (
              <span class="chip-own">≥ {own(state.settings.thresholds, label)?.toFixed(2)}</span>
            )}
            {removable && targets.length > 1 && (
              <button
                type="button"
                class="chip-remove"
                aria-label={STRINGS.prompt.remove(label)}
                onClick={() => app.dropCategory(label)}
              >
                <Icon name="close" />
              </button>
            )}
          </li>
        );
      })}
      {targets.length > shown.length && (
        <li>
          <button type="button" class="link-button" onClick={() => setAll(true)}>
            {STRINGS.prompt.more(targets.length - shown.length)}
          </button>
        </li>
      )}
    </ul>
  );
}
