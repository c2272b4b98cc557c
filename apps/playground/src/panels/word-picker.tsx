import { useRef } from 'preact/hooks';
import { type Span, spanOver, toggleWord, wordsOf } from '../prompt/words.ts';
import { STRINGS } from '../strings.ts';

interface WordPickerProps {
  readonly caption: string;
  readonly spans: readonly Span[];
  readonly colorOf: (label: string) => string;
  readonly onChange: (spans: Span[]) => void;
}

/** The words of a caption: a click makes a word a phrase, dragging (or Shift) several. */
export function WordPicker({ caption, spans, colorOf, onChange }: WordPickerProps) {
  const first = useRef<Span | undefined>(undefined);
  const words = wordsOf(caption);
  const spanOf = (word: Span): Span | undefined =>
    spans.find(([from, to]) => from <= word[0] && word[1] <= to);
  const wordAt = (event: PointerEvent): Span | undefined => {
    const element = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-word]');
    return element instanceof HTMLElement ? words[Number(element.dataset['word'])] : undefined;
  };
  const end = (event: PointerEvent): void => {
    const from = first.current;
    first.current = undefined;
    const to = wordAt(event);
    if (!from || !to || from[0] === to[0]) return; // the click decides
    onChange(spanOver(spans, from, to));
  };
  return (
    <fieldset class="words" aria-label={STRINGS.prompt.wordsLabel} onPointerUp={end}>
      {words.map((word, i) => {
        const span = spanOf(word);
        const next = words[i + 1];
        const color = span && colorOf(caption.slice(...span));
        return (
          <span key={word[0]} class="word-place">
            <button
              type="button"
              class={`word${span ? ' chosen' : ''}${span && next && next[1] <= span[1] ? ' joined' : ''}`}
              style={color ? { '--color': color } : {}}
              data-word={i}
              aria-pressed={span !== undefined}
              onPointerDown={() => {
                first.current = word;
              }}
              onClick={({ shiftKey }) => {
                const last = spans.at(-1);
                onChange(shiftKey && last ? spanOver(spans, last, word) : toggleWord(spans, word));
              }}
            >
              {caption.slice(...word)}
            </button>
          </span>
        );
      })}
    </fieldset>
  );
}
