import { useState } from 'preact/hooks';
import type { Playground } from '../state/playground.ts';
import type { State } from '../state/state.ts';
import type { View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';
import { BoxEditor } from './box-editor.tsx';
import { LossCurve } from './loss-curve.tsx';
import { saveFile } from './save-file.ts';

interface TeachProps {
  readonly app: Playground;
  readonly state: State;
  readonly view: View;
}

const MODES = ['linear', 'prompt'] as const;
const STEPS = { min: 5, usual: 60, max: 1000 };

/** Correct boxes by hand, and let the model learn from them. */
export function TeachPanel({ app, state, view }: TeachProps) {
  const [mode, setMode] = useState<(typeof MODES)[number]>('linear');
  const [steps, setSteps] = useState(STEPS.usual);
  const { editing, edits, teaching, adapter, current, model } = state;
  const { teach } = STRINGS;
  if (!view.outcome || !view.picture?.blob) return null;
  const boxes = [...edits.values()].reduce((sum, list) => sum + list.length, 0);
  const isCorrected = current !== undefined && edits.has(current);
  return (
    <section class="panel" aria-labelledby="teach-title">
      <div class="panel-head">
        <h2 id="teach-title">{teach.heading}</h2>
        <div class="row">
          {isCorrected && !teaching?.running && (
            <button
              type="button"
              class="link-button"
              id="reset-edits"
              onClick={() => app.lessons.edit(undefined)}
            >
              {teach.reset}
            </button>
          )}
          <button
            type="button"
            class="button small"
            id="edit"
            aria-pressed={editing}
            disabled={teaching?.running === true}
            onClick={() =>
              editing
                ? app.store.set({ editing: false, selected: undefined })
                : app.lessons.correct(view.boxes)
            }
          >
            {editing ? teach.done : teach.edit}
          </button>
        </div>
      </div>
      {editing ? <BoxEditor app={app} state={state} view={view} /> : <p class="note">{teach.intro}</p>}
      {boxes > 0 && !editing && (
        <>
          <p>{teach.ready(edits.size, boxes)}</p>
          <div class="row teach-line">
            <fieldset class="segments" disabled={teaching?.running === true}>
              <legend class="visually-hidden">{teach.mode}</legend>
              {MODES.map((one) => (
                <label key={one} class="segment" title={teach.modeHints[one]}>
                  <input
                    type="radio"
                    name="teach-mode"
                    checked={mode === one}
                    onChange={() => setMode(one)}
                  />
                  <span>{teach.modes[one]}</span>
                </label>
              ))}
            </fieldset>
            <label class="number">
              <input
                id="steps"
                type="number"
                min={STEPS.min}
                max={STEPS.max}
                value={steps}
                onInput={({ currentTarget }) => {
                  const value = Math.trunc(Number(currentTarget.value));
                  if (value >= STEPS.min && value <= STEPS.max) setSteps(value);
                }}
              />
              {teach.steps}
            </label>
            {teaching?.running ? (
              <button type="button" class="button" onClick={() => app.runs.stop()}>
                {STRINGS.prompt.stop}
              </button>
            ) : (
              <button
                type="button"
                class="button main"
                id="teach"
                disabled={model.state !== 'ready'}
                onClick={() => app.lessons.teach(mode, steps)}
              >
                {teach.start}
              </button>
            )}
          </div>
        </>
      )}
      {teaching && <LossCurve teaching={teaching} />}
      <div class="row">
        {adapter && (
          <label class="check">
            <input
              id="adapted"
              type="checkbox"
              checked={adapter.on}
              onChange={({ currentTarget }) => app.lessons.switchAdapter(currentTarget.checked)}
            />
            {teach.use}
          </label>
        )}
        {adapter && (
          <button
            type="button"
            class="link-button"
            id="save-adapter"
            onClick={() => saveFile(`${adapter.mode}.adapter.safetensors`, adapter.file)}
          >
            {teach.save}
          </button>
        )}
        <label class="link-button">
          {teach.load}
          <input
            id="adapter"
            type="file"
            accept=".safetensors"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              currentTarget.value = '';
              if (file) void app.lessons.openAdapter(file);
            }}
          />
        </label>
      </div>
    </section>
  );
}
