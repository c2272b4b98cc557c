import type { Inside, Look } from '../state/look.ts';
import { STRINGS } from '../strings.ts';
import { shortened } from '../text.ts';

interface AttentionProps {
  readonly inside: Inside;
  readonly look: Look;
  readonly colorOf: (label: string) => string;
  readonly onChange: (change: Partial<Look>) => void;
}

const DIRECTIONS = ['textToImage', 'imageToText'] as const;
const MAX_PHRASES = 12;

/** The choice of a phrase or of one of its word pieces, and of the direction of attention. */
export function AttentionControls({ inside: { plan }, look, colorOf, onChange }: AttentionProps) {
  const { explain } = STRINGS;
  const phrases = plan.chunks.flatMap((chunk, index) =>
    chunk.phrases.map((phrase) => ({ ...phrase, chunk: index })),
  );
  const chosen = look.tokens.join(' ');
  const current = phrases.find(
    ({ chunk, tokens }) => chunk === look.chunk && look.tokens.every((token) => tokens.includes(token)),
  );
  return (
    <>
      <p class="note">{explain.attentionHint[look.direction]}</p>
      <fieldset class="row">
        <legend class="visually-hidden">{explain.phrase}</legend>
        {phrases.slice(0, MAX_PHRASES).map(({ label, chunk, tokens, pieces }) => (
          <button
            key={`${chunk} ${tokens[0]}`}
            type="button"
            class="button small"
            data-phrase={pieces.join(' ')}
            aria-pressed={chunk === look.chunk && tokens.join(' ') === chosen}
            onClick={() => onChange({ chunk, tokens })}
          >
            <span class="dot" style={{ '--color': colorOf(label) }} />
            {shortened(label, 24)}
          </button>
        ))}
      </fieldset>
      {current && current.tokens.length > 1 && (
        <fieldset class="row">
          <legend class="visually-hidden">{explain.word}</legend>
          <span class="note">{explain.onlyWord}</span>
          {current.tokens.map((token, i) => (
            <button
              key={token}
              type="button"
              class="button small"
              data-piece={current.pieces[i]}
              aria-pressed={chosen === String(token)}
              onClick={() => onChange({ tokens: [token] })}
            >
              {current.pieces[i]}
            </button>
          ))}
        </fieldset>
      )}
      <label class="number">
        {explain.direction}
        <select
          id="direction"
          value={look.direction}
          onChange={({ currentTarget }) =>
            onChange({ direction: currentTarget.value as (typeof DIRECTIONS)[number] })
          }
        >
          {DIRECTIONS.map((one) => (
            <option key={one} value={one}>
              {explain.directions[one]}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}
