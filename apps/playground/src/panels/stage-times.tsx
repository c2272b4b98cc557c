import { insideOf } from '../state/inspection.ts';
import type { State } from '../state/state.ts';
import type { View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';

/** The stages of the last run, as parts of a bar; of a run in parts, those of the network too. */
export function StageTimes({ state, view }: { readonly state: State; readonly view: View }) {
  const { explain } = STRINGS;
  const inside = insideOf(state);
  const times = view.outcome?.times;
  if (!times) return null;
  const { decode, compile, model } = times;
  const stages: readonly (readonly [name: string, ms: number])[] = inside
    ? Object.entries(explain.stages).map(([key, name]) => [
        name,
        inside.times[key as keyof typeof inside.times],
      ])
    : [
        [explain.decode, decode],
        ...(compile > 0 ? ([[explain.compile, compile]] as const) : []),
        [explain.network, model - compile],
      ];
  const total = Math.max(
    1,
    stages.reduce((sum, [, ms]) => sum + ms, 0),
  );
  const longest = Math.max(...stages.map(([, ms]) => ms));
  const classOf = (ms: number): string => (ms === longest ? ' longest' : '');
  return (
    <div class="times">
      <h3 class="small-head">{explain.times}</h3>
      <div class="times-bar" aria-hidden="true">
        {stages.map(([name, ms]) => (
          <span
            key={name}
            class={`times-part${classOf(ms)}`}
            style={{ flexGrow: String(Math.max(0.01, ms / total)) }}
          />
        ))}
      </div>
      <dl class="facts" id="times">
        {stages.map(([name, ms]) => (
          <div key={name} class={`times-row${classOf(ms)}`}>
            <dt>{name}</dt>
            <dd>{STRINGS.stage.time(Math.max(0, ms))}</dd>
          </div>
        ))}
      </dl>
      {inside && <p class="note">{explain.timesHint}</p>}
    </div>
  );
}
