import { publishedModels } from '@glip-wgpu/glip-core';
import { useState } from 'preact/hooks';
import type { Playground } from '../state/playground.ts';
import { EMBEDDED_MODEL } from '../state/settings.ts';
import type { State } from '../state/state.ts';
import { STRINGS } from '../strings.ts';
import { Dialog } from './dialog.tsx';
import { ModelDetails } from './model-details.tsx';

/** The two that most people want before the others. */
const FIRST = ['glip-t', 'glip-l'];
const MODELS = [
  ...publishedModels.filter(({ name }) => FIRST.includes(name)),
  ...publishedModels.filter(({ name }) => !FIRST.includes(name)),
];

interface ModelsProps {
  readonly app: Playground;
  readonly state: State;
}

/** Models to choose from: what each costs, and whether it fits, before anything is downloaded. */
export function ModelsDialog({ app, state }: ModelsProps) {
  const { model, settings } = state;
  const close = (): void => app.store.set({ dialog: undefined });
  const [open, setOpen] = useState(settings.model === EMBEDDED_MODEL ? '' : settings.model);
  const used = model.state === 'ready' ? model.info.name : undefined;
  return (
    <Dialog title={STRINGS.model.heading} onClose={close}>
      <p class="note">{STRINGS.model.intro}</p>
      <ul class="models">
        <li class="model">
          <div class="model-head">
            <div>
              <strong>emoji-tiny</strong>
              <p class="note">{STRINGS.model.embedded}</p>
            </div>
            {used === EMBEDDED_MODEL ? (
              <span class="badge">{STRINGS.model.used}</span>
            ) : (
              <button
                type="button"
                class="button small"
                onClick={() => {
                  close();
                  void app.models.load({ kind: 'embedded' });
                }}
              >
                {STRINGS.model.use}
              </button>
            )}
          </div>
        </li>
        {MODELS.map((one) => (
          <li key={one.name} class="model">
            <div class="model-head">
              <div>
                <strong>{one.title}</strong>
                <p class="note">{STRINGS.model.origin(one.trainedOn, one.license)}</p>
              </div>
              <div class="row">
                {used === one.name && <span class="badge">{STRINGS.model.used}</span>}
                <button
                  type="button"
                  class="button small"
                  aria-expanded={open === one.name}
                  data-model={one.name}
                  onClick={() => setOpen(open === one.name ? '' : one.name)}
                >
                  {STRINGS.model.details}
                </button>
              </div>
            </div>
            {open === one.name && (
              <ModelDetails app={app} name={one.name} used={used === one.name} onClose={close} />
            )}
          </li>
        ))}
        <li class="model">
          <div class="model-head">
            <div>
              <strong>{STRINGS.model.own}</strong>
              <p class="note">{STRINGS.model.ownHint}</p>
            </div>
            <label class="button small">
              {STRINGS.pictures.choose}
              <input
                id="model-file"
                type="file"
                accept=".safetensors,.pth,.pt"
                onChange={({ currentTarget }) => {
                  const [file] = currentTarget.files ?? [];
                  if (!file) return;
                  close();
                  void app.models.load({ kind: 'file', file, dtype: 'f32' });
                }}
              />
            </label>
          </div>
        </li>
      </ul>
    </Dialog>
  );
}
