import type { Detection } from '@glip-wgpu/glip-core';
import type { Playground } from '../state/playground.ts';
import type { State } from '../state/state.ts';
import type { View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';
import { shortened } from '../text.ts';
import { InsidePanel } from './inside-panel.tsx';
import { StageTimes } from './stage-times.tsx';

interface ExplainProps {
  readonly app: Playground;
  readonly state: State;
  readonly view: View;
}

const SHOWN = 12;

/** Heat map of a label, scores of the words of a box, the inside of the model, and times. */
export function ExplainPanel({ app, state, view }: ExplainProps) {
  const { outcome, found, corrected, colorOf, labels } = view;
  const { heat, level } = state.settings;
  if (!outcome || !found) return null;
  const { focus } = state;
  const focused = focus && 'box' in focus && !corrected ? found[focus.box] : undefined;
  const levels = outcome.grounding.scoreMaps?.[0]?.levels ?? [];
  const shown = labels.slice(0, SHOWN);
  return (
    <section class="panel" aria-labelledby="explain-title">
      <div class="panel-head">
        <h2 id="explain-title">{STRINGS.explain.heading}</h2>
      </div>
      <fieldset class="heat">
        <legend>{STRINGS.explain.heat}</legend>
        <div class="row">
          <button
            type="button"
            class="button small"
            aria-pressed={heat === ''}
            onClick={() => app.change({ heat: '' })}
          >
            {STRINGS.explain.none}
          </button>
          {shown.map((label) => (
            <button
              key={label}
              type="button"
              class="button small"
              data-heat={label}
              aria-pressed={heat === label}
              onClick={() => app.change({ heat: heat === label ? '' : label })}
            >
              <span class="dot" style={{ '--color': colorOf(label) }} />
              {shortened(label, 24)}
            </button>
          ))}
        </div>
        {heat !== '' && levels.length > 0 && (
          <label class="number">
            {STRINGS.explain.level}
            <select
              id="level"
              value={String(level)}
              onChange={({ currentTarget }) => app.change({ level: Number(currentTarget.value) })}
            >
              <option value="-1">{STRINGS.explain.allLevels}</option>
              {levels.map(({ stride, cell }, i) => (
                <option key={stride} value={i}>
                  {STRINGS.explain.levelName(i + 3, Math.round(cell[0]))}
                </option>
              ))}
            </select>
          </label>
        )}
      </fieldset>
      <Words detection={focused} view={view} />
      <InsidePanel app={app} state={state} colorOf={colorOf} />
      <StageTimes state={state} view={view} />
    </section>
  );
}

interface WordsProps {
  readonly detection: Detection | undefined;
  readonly view: View;
}

/** The word pieces of a box's phrase, with the probability of each at the place of the box. */
function Words({ detection, view }: WordsProps) {
  if (!detection) return <p class="note">{STRINGS.explain.pointAtBox}</p>;
  const { label, span, tokenScores } = detection;
  const phrase = view.outcome?.grounding.plan.chunks
    .flatMap(({ phrases }) => phrases)
    .find((one) => one.span[0] === span[0] && one.span[1] === span[1]);
  return (
    <div class="word-scores" style={{ '--color': view.colorOf(label) }}>
      <p class="note">{STRINGS.explain.words(label)}</p>
      <ul>
        {tokenScores.map((score, i) => (
          <li key={phrase?.tokens[i]}>
            <span>{phrase?.pieces[i] ?? ''}</span>
            <meter min="0" max="1" value={score} aria-label={phrase?.pieces[i]} />
            <span>{score.toFixed(2)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
