import { useState } from 'preact/hooks';
import type { Playground } from '../state/playground.ts';
import type { State } from '../state/state.ts';
import { STRINGS } from '../strings.ts';
import { copyText } from './clipboard.ts';
import { Icon } from './icon.tsx';
import { readTheme, THEMES, type Theme, writeTheme } from './theme.ts';

export function Header({ app, state }: { readonly app: Playground; readonly state: State }) {
  const [theme, setTheme] = useState<Theme>(readTheme);
  const [said, setSaid] = useState('');
  const { model, settings } = state;
  const name = model.state === 'ready' ? model.info.name : model.name;
  const share = async (): Promise<void> => {
    app.writeAddress();
    setSaid((await copyText(location.href)) ? STRINGS.copied : STRINGS.refused);
    setTimeout(() => setSaid(''), 1600);
  };
  return (
    <header class="header">
      <div class="brand">
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M5 12V7a2 2 0 0 1 2-2h5M20 5h5a2 2 0 0 1 2 2v5M27 20v5a2 2 0 0 1-2 2h-5M12 27H7a2 2 0 0 1-2-2v-5" />
          <circle cx="16" cy="16" r="4.500" />
        </svg>
        <div>
          <h1>{STRINGS.title}</h1>
          <p>{STRINGS.tagline}</p>
        </div>
      </div>
      <div class="header-actions">
        <button
          type="button"
          class="button quiet"
          id="models"
          title={STRINGS.model.heading}
          onClick={() => app.store.set({ dialog: 'models' })}
        >
          <Icon name="model" />
          <span class="ellipsis">{name}</span>
        </button>
        <button
          type="button"
          class="button quiet"
          id="share"
          title={settings.picture === '' ? STRINGS.shareOwn : STRINGS.share}
          onClick={share}
        >
          <Icon name="link" />
          <span aria-live="polite">{said || STRINGS.share}</span>
        </button>
        <label class="theme">
          <span class="visually-hidden">{STRINGS.theme.label}</span>
          <select
            value={theme}
            onChange={({ currentTarget }) => {
              const chosen = currentTarget.value as Theme;
              setTheme(chosen);
              writeTheme(chosen);
            }}
          >
            {THEMES.map((one) => (
              <option key={one} value={one}>
                {STRINGS.theme[one]}
              </option>
            ))}
          </select>
        </label>
      </div>
    </header>
  );
}
