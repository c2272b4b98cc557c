import { useState } from 'preact/hooks';
import type { Playground } from '../state/playground.ts';
import type { State, Teaching } from '../state/state.ts';
import type { View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';
import { saveFile } from './save-file.ts';

interface TeachProps {
  readonly app: Playground;
  readonly state: State;
  readonly view: View;
}

const MODES = ['linear', 'prompt'] as const;
const STEPS = { least: 5, usual: 60, most: 1000 };

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
      {editing ? <Editor app={app} state={state} view={view} /> : <p class="note">{teach.intro}</p>}
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
                min={STEPS.least}
                max={STEPS.most}
                value={steps}
                onInput={({ currentTarget }) => {
                  const value = Math.trunc(Number(currentTarget.value));
                  if (value >= STEPS.least && value <= STEPS.most) setSteps(value);
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

/** Boxes as rows: names, and removal. */
function Editor({ app, state, view: { boxes, labels, colorOf } }: TeachProps) {
  const { selected, newLabel } = state;
  const { teach } = STRINGS;
  const rename = (index: number, label: string): void => {
    if (label.trim() !== '')
      app.lessons.edit(boxes.map((box, i) => (i === index ? { ...box, label: label.trim() } : box)));
  };
  const remove = (index: number): void => {
    app.lessons.edit(boxes.filter((_, i) => i !== index));
    app.store.set({ selected: undefined });
  };
  const move = (index: number, { key, shiftKey }: KeyboardEvent): boolean => {
    const step = shiftKey ? 10 : 1;
    const [dx, dy] = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    }[key] ?? [0, 0];
    if (dx === 0 && dy === 0) return false;
    const [x1, y1, x2, y2] = boxes[index].box;
    const box = [x1 + dx, y1 + dy, x2 + dx, y2 + dy] as const;
    app.lessons.edit(boxes.map((one, i) => (i === index ? { ...one, box } : one)));
    return true;
  };
  return (
    <>
      <p class="note">{teach.how}</p>
      <label class="number">
        {teach.newLabel}
        <input
          id="new-label"
          class="wide-input"
          list="labels-known"
          value={newLabel || labels[0] || ''}
          onInput={({ currentTarget }) => app.store.set({ newLabel: currentTarget.value })}
        />
      </label>
      <datalist id="labels-known">
        {labels.map((label) => (
          <option key={label} value={label} />
        ))}
      </datalist>
      <ul class="editor" id="editor">
        {boxes.map(({ label }, i) => (
          <li key={i} class={i === selected ? 'focused' : ''} style={{ '--color': colorOf(label) }}>
            <span class="dot" />
            <input
              class="wide-input"
              list="labels-known"
              aria-label={teach.name(i + 1)}
              value={label}
              onFocus={() => app.store.set({ selected: i })}
              onChange={({ currentTarget }) => rename(i, currentTarget.value)}
            />
            <button
              type="button"
              class="link-button"
              aria-label={teach.moveHint(i + 1)}
              onFocus={() => app.store.set({ selected: i })}
              onKeyDown={(event) => {
                if (move(i, event)) event.preventDefault();
                else if (event.key === 'Delete' || event.key === 'Backspace') remove(i);
              }}
            >
              {teach.move}
            </button>
            <button
              type="button"
              class="link-button"
              aria-label={teach.removeBox(i + 1)}
              onClick={() => remove(i)}
            >
              {teach.remove}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The loss of each step. */
function LossCurve({ teaching: { losses, steps, running } }: { readonly teaching: Teaching }) {
  const most = Math.max(1e-6, ...losses);
  const points = losses.map(
    (loss, i) => `${((100 * i) / Math.max(1, steps - 1)).toFixed(2)},${(39 - (38 * loss) / most).toFixed(2)}`,
  );
  const last = losses.at(-1);
  const words =
    last === undefined
      ? STRINGS.teach.preparing
      : STRINGS.teach.progress(losses.length, steps, losses[0].toFixed(3), last.toFixed(3));
  return (
    <figure class="loss">
      <svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label={words}>
        <polyline points={points.join(' ')} />
      </svg>
      <figcaption class="note" id="loss" aria-busy={running}>
        {words}
      </figcaption>
    </figure>
  );
}
