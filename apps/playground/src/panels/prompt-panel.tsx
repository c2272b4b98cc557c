import { useRef, useState } from 'preact/hooks';
import { moveSpans } from '../prompt/words.ts';
import type { Playground } from '../state/playground.ts';
import { EMBEDDED_MODEL, MODES, type Mode } from '../state/settings.ts';
import type { State } from '../state/state.ts';
import type { View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';
import { messageOf, sentence } from '../text.ts';
import { Chips } from './chips.tsx';
import { Icon } from './icon.tsx';
import { WordPicker } from './word-picker.tsx';

interface PromptProps {
  readonly app: Playground;
  readonly state: State;
  readonly view: View;
}

export function PromptPanel({ app, state, view }: PromptProps) {
  const { settings, run, live, gpu, model } = state;
  const { mode, list, caption, spans } = settings;
  const { reading, stale } = view;
  const disabled = gpu !== 'present';
  const area = useRef<HTMLTextAreaElement>(null);
  const problem = reading && 'problem' in reading ? reading.problem : '';
  const warnings = reading && 'plan' in reading ? reading.plan.warnings : [];
  const setText = (text: string): void => {
    if (mode === 'categories') app.change({ list: text });
    else app.change({ caption: text, spans: moveSpans(spans, caption, text) });
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    app.runs.run();
  };
  const loading = model.state === 'loading' && model.name !== EMBEDDED_MODEL;
  const busy = run !== undefined || live !== undefined || loading;
  const stop = (): void => (loading ? app.models.stopLoading() : app.runs.stop());
  return (
    <section class="panel" aria-labelledby="prompt-title">
      <div class="panel-head">
        <h2 id="prompt-title">{STRINGS.prompt.heading}</h2>
        <Modes mode={mode} disabled={disabled} onChange={(next) => app.change({ mode: next })} />
      </div>
      <form id="form" onSubmit={submit}>
        <label class="visually-hidden" for="prompt">
          {mode === 'categories'
            ? STRINGS.prompt.listLabel
            : mode === 'caption'
              ? STRINGS.prompt.captionLabel
              : STRINGS.prompt.spansLabel}
        </label>
        <div class="prompt-line">
          <textarea
            id="prompt"
            ref={area}
            rows={2}
            spellcheck={false}
            autocomplete="off"
            disabled={disabled}
            placeholder={
              mode === 'categories' ? STRINGS.prompt.listPlaceholder : STRINGS.prompt.captionPlaceholder
            }
            value={mode === 'categories' ? list : caption}
            title={mode === 'categories' ? STRINGS.prompt.synonyms : undefined}
            aria-describedby="reading"
            onInput={({ currentTarget }) => setText(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
              submit(event);
            }}
          />
          {busy ? (
            <button type="button" id="stop" class="button main" onClick={stop}>
              {STRINGS.prompt.stop}
            </button>
          ) : (
            <button
              type="submit"
              id="find"
              class={`button main${stale ? ' wanted' : ''}`}
              disabled={disabled || (reading !== undefined && 'problem' in reading)}
            >
              {stale ? STRINGS.prompt.findAgain : STRINGS.prompt.find}
            </button>
          )}
        </div>
      </form>
      {mode === 'spans' && !disabled && (
        <WordPicker
          caption={caption}
          spans={spans}
          colorOf={view.colorOf}
          onChange={(next) => app.change({ spans: next })}
        />
      )}
      {mode !== 'spans' && <Chips app={app} state={state} view={view} />}
      <div id="reading" class="reading">
        {problem && <p class="warning">{sentence(problem)}</p>}
        {mode === 'spans' && spans.length === 0 && <p class="note">{STRINGS.prompt.noPhrases}</p>}
        {warnings.length > 0 && (
          <ul id="warnings" class="warnings">
            {warnings.slice(0, 4).map(({ message }) => (
              <li key={message}>{sentence(message)}</li>
            ))}
          </ul>
        )}
        <p class="note reading-line">
          {reading && 'plan' in reading && model.state === 'ready' && (
            <span id="tokens" title={STRINGS.prompt.passesHint}>
              {STRINGS.prompt.tokens(reading.tokens, reading.maxTokens, reading.plan.chunks.length)}
            </span>
          )}
          {mode === 'categories' && <ImportButton app={app} disabled={disabled} />}
        </p>
      </div>
    </section>
  );
}

interface ModesProps {
  readonly mode: Mode;
  readonly disabled: boolean;
  readonly onChange: (mode: Mode) => void;
}

function Modes({ mode, disabled, onChange }: ModesProps) {
  return (
    <fieldset class="segments" disabled={disabled}>
      <legend class="visually-hidden">{STRINGS.prompt.heading}</legend>
      {MODES.map((one) => (
        <label key={one} class="segment">
          <input type="radio" name="mode" value={one} checked={one === mode} onChange={() => onChange(one)} />
          <span>{STRINGS.prompt.modes[one]}</span>
        </label>
      ))}
    </fieldset>
  );
}

function ImportButton({ app, disabled }: { readonly app: Playground; readonly disabled: boolean }) {
  const [problem, setProblem] = useState('');
  return (
    <>
      <label class="link-button" title={STRINGS.prompt.importHint}>
        <Icon name="list" />
        {STRINGS.prompt.import}
        <input
          id="import"
          type="file"
          accept=".json,.txt,.yaml,.yml,.names,application/json,text/plain"
          disabled={disabled}
          onChange={async ({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            currentTarget.value = '';
            if (!file) return;
            try {
              setProblem('');
              await app.pictures.importList(file);
            } catch (error) {
              setProblem(messageOf(error));
            }
          }}
        />
      </label>
      {problem && (
        <span class="warning" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}
