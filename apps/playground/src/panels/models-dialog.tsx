import { type PublishedModel, publishedModels } from '@glip-wgpu/glip-core';
import { useEffect, useState } from 'preact/hooks';
import type { Playground } from '../state/playground.ts';
import { EMBEDDED_MODEL } from '../state/settings.ts';
import type { State } from '../state/state.ts';
import { STRINGS } from '../strings.ts';
import type { ModelEstimate } from '../worker/messages.ts';
import { Dialog } from './dialog.tsx';
import { megabytes } from './sizes.ts';

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
        {publishedModels.map((one) => (
          <li key={one.name} class="model">
            <div class="model-head">
              <div>
                <strong>{one.title}</strong>
                <p class="note">{STRINGS.model.origin(one.trainedOn, one.license)}</p>
              </div>
              {used === one.name ? (
                <span class="badge">{STRINGS.model.used}</span>
              ) : (
                <button
                  type="button"
                  class="button small"
                  aria-expanded={open === one.name}
                  data-model={one.name}
                  onClick={() => setOpen(open === one.name ? '' : one.name)}
                >
                  {STRINGS.model.details}
                </button>
              )}
            </div>
            {open === one.name && <Details app={app} model={one} onClose={close} />}
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

interface DetailsProps {
  readonly app: Playground;
  readonly model: PublishedModel;
  readonly onClose: () => void;
}

function Details({ app, model: { name }, onClose }: DetailsProps) {
  const [dtype, setDtype] = useState<'f32' | 'f16'>('f16');
  const [estimate, setEstimate] = useState<ModelEstimate | undefined>();
  const [problem, setProblem] = useState('');
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setEstimate(undefined);
    app.client
      .call('estimate', { name, dtype, ask: turn > 0 }, { signal: stop.signal })
      .then(setEstimate, (error) => {
        if (!stop.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
      });
    return () => stop.abort();
  }, [app, name, dtype, turn]);
  const load = (): void => {
    onClose();
    void app.models.load({ kind: 'published', name, dtype });
  };
  const remove = async (): Promise<void> => {
    await app.client.call('remove', { name });
    setTurn(turn + 1);
  };
  return (
    <div class="model-details">
      <fieldset class="segments">
        <legend class="visually-hidden">{STRINGS.model.precision}</legend>
        {(['f16', 'f32'] as const).map((one) => (
          <label key={one} class="segment">
            <input
              type="radio"
              name={`dtype-${name}`}
              checked={dtype === one}
              onChange={() => setDtype(one)}
            />
            <span>{STRINGS.model.dtypes[one]}</span>
          </label>
        ))}
      </fieldset>
      {problem && <p class="warning">{problem}</p>}
      {!estimate && !problem && <p class="note">{STRINGS.model.computing}</p>}
      {estimate && (
        <>
          <dl class="facts">
            <dt>{STRINGS.model.download}</dt>
            <dd>
              {estimate.cached > 0 ? (
                STRINGS.model.stored(megabytes(estimate.cached))
              ) : estimate.download !== undefined ? (
                megabytes(estimate.download)
              ) : turn > 0 ? (
                STRINGS.model.noAnswer
              ) : (
                <>
                  {estimate.fits && STRINGS.model.about(megabytes(estimate.parameterBytes))}{' '}
                  <button type="button" class="link-button" onClick={() => setTurn(turn + 1)}>
                    {STRINGS.model.askSize}
                  </button>
                </>
              )}
            </dd>
            <dt>{STRINGS.model.weights}</dt>
            <dd>{estimate.fits ? megabytes(estimate.parameterBytes) : '–'}</dd>
            <dt>{STRINGS.model.peak}</dt>
            <dd>{estimate.fits ? megabytes(estimate.peakBytes) : '–'}</dd>
          </dl>
          <p class={estimate.fits ? 'note' : 'warning'}>
            {estimate.fits
              ? STRINGS.model.fits(megabytes(estimate.peakBytes))
              : STRINGS.model.doesNotFit(estimate.reason ?? '')}
          </p>
          <div class="row">
            <button type="button" class="button main" disabled={!estimate.fits} onClick={load}>
              {estimate.cached > 0 ? STRINGS.model.use : STRINGS.model.downloadAndUse}
            </button>
            {estimate.cached > 0 && (
              <button type="button" class="button" onClick={remove}>
                {STRINGS.model.remove}
              </button>
            )}
          </div>
        </>
      )}
    </div>
  );
}
