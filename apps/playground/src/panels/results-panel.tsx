import { useState } from 'preact/hooks';
import type { Playground } from '../state/playground.ts';
import type { State } from '../state/state.ts';
import { focusedLabel, own, type View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';
import { sentence, shortened } from '../text.ts';
import { BoxTable } from './box-table.tsx';
import { Histogram, Ticks } from './histogram.tsx';

interface ResultsProps {
  readonly app: Playground;
  readonly state: State;
  readonly view: View;
}

/** Detections, and the settings that need no new run of the model. */
export function ResultsPanel({ app, state, view }: ResultsProps) {
  const { settings, run } = state;
  const { found, boxes, stale, outcome, scores } = view;
  return (
    <section
      class={`panel results${stale ? ' stale' : ''}`}
      aria-labelledby="results-title"
      aria-busy={run !== undefined}
    >
      <div class="panel-head">
        <h2 id="results-title">{STRINGS.results.heading}</h2>
        <span class="count" id="count">
          {found && STRINGS.results.count(boxes.length)}
        </span>
      </div>
      {stale && (
        <p id="stale" class="warning banner">
          {STRINGS.prompt.stale}
        </p>
      )}
      <div class="threshold">
        <div class="threshold-line">
          <label for="threshold">{STRINGS.results.threshold}</label>
          <output for="threshold" id="threshold-value">
            {settings.threshold.toFixed(2)}
          </output>
        </div>
        <Histogram scores={[...scores.values()].flat()} threshold={settings.threshold} />
        <input
          id="threshold"
          type="range"
          min="0"
          max="1"
          step="0.01"
          value={settings.threshold}
          disabled={!outcome}
          onInput={({ currentTarget }) => app.change({ threshold: Number(currentTarget.value) })}
        />
      </div>
      {found && <Labels app={app} state={state} view={view} />}
      {found && boxes.length === 0 && <p class="note">{STRINGS.results.none}</p>}
      {!outcome && !run && state.gpu === 'present' && <p class="note">{STRINGS.results.nothingYet}</p>}
      <fieldset class="options" disabled={!outcome}>
        <legend class="visually-hidden">{STRINGS.results.heading}</legend>
        <label class="check" title={STRINGS.results.overlapHint}>
          <input
            id="overlap"
            type="checkbox"
            checked={settings.overlap === 'all'}
            onChange={({ currentTarget }) => app.change({ overlap: currentTarget.checked ? 'all' : 'label' })}
          />
          {STRINGS.results.overlap}
        </label>
        <label class="check">
          <input
            id="tags"
            type="checkbox"
            checked={settings.tags}
            onChange={({ currentTarget }) => app.change({ tags: currentTarget.checked })}
          />
          {STRINGS.results.tags}
        </label>
        <label class="number">
          {STRINGS.results.limit}
          <input
            id="limit"
            type="number"
            min="1"
            max="10000"
            placeholder={STRINGS.results.all}
            value={settings.limit || ''}
            onInput={({ currentTarget }) => {
              const value = Math.trunc(Number(currentTarget.value));
              app.change({ limit: value >= 1 && value <= 10_000 ? value : 0 });
            }}
          />
          {STRINGS.results.boxes}
        </label>
      </fieldset>
      {boxes.length > 0 && <BoxTable app={app} state={state} view={view} />}
    </section>
  );
}

const SHOWN = 30;

/** A row for each label: what was found, and its own minimum score. */
function Labels({ app, state, view }: ResultsProps) {
  const { found, colorOf, scores, stale } = view;
  const [all, setAll] = useState(false);
  const { threshold, thresholds } = state.settings;
  const reports = [...(found?.labels ?? [])];
  if (reports.length > SHOWN) reports.sort((a, b) => b.bestScore - a.bestScore);
  const set = (label: string, value: number | undefined): void => {
    const { [label]: _, ...others } = thresholds;
    app.change({ thresholds: value === undefined ? others : { ...others, [label]: value } });
  };
  return (
    <ul class="labels" id="labels">
      {(all ? reports : reports.slice(0, SHOWN)).map(({ label, found: count, missing }) => {
        const limit = own(thresholds, label);
        return (
          <li
            key={label}
            class={`label-row${count === 0 ? ' absent' : ''}${label === focusedLabel(state, view) ? ' focused' : ''}`}
            style={{ '--color': colorOf(label) }}
            data-label={label}
            onPointerEnter={() => app.focus({ label })}
            onPointerLeave={() => app.focus(undefined)}
          >
            <span class="dot" />
            <span class="label-name" title={label}>
              {shortened(label, 32)}
            </span>
            <span class="label-count">{count}</span>
            <span class="label-slider">
              <Ticks scores={scores.get(label) ?? []} />
              <input
                type="range"
                min="0"
                max="1"
                step="0.01"
                value={limit ?? threshold}
                class={limit === undefined ? 'inherited' : ''}
                aria-label={STRINGS.results.ownThreshold(label)}
                onInput={({ currentTarget }) => set(label, Number(currentTarget.value))}
              />
            </span>
            {limit === undefined ? (
              <span class="label-limit note" aria-hidden="true">
                {threshold.toFixed(2)}
              </span>
            ) : (
              <button
                type="button"
                class="label-limit link-button"
                title={STRINGS.results.reset}
                aria-label={`${label}: ${STRINGS.results.reset}`}
                onClick={() => set(label, undefined)}
              >
                {limit.toFixed(2)} ×
              </button>
            )}
            {missing && !stale && <span class="label-missing">{sentence(missing)}</span>}
          </li>
        );
      })}
      {!all && reports.length > SHOWN && (
        <li>
          <button type="button" class="link-button" onClick={() => setAll(true)}>
            {STRINGS.results.more(reports.length - SHOWN)}
          </button>
        </li>
      )}
    </ul>
  );
}
