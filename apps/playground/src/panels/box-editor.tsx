import type { Playground } from '../state/playground.ts';
import type { State } from '../state/state.ts';
import type { View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';

interface EditorProps {
  readonly app: Playground;
  readonly state: State;
  readonly view: View;
}

/** The corrected boxes of the current picture, a row each: name, position by arrow keys, removal. */
export function BoxEditor({ app, state, view: { boxes, labels, colorOf } }: EditorProps) {
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
