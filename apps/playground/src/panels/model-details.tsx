import { WEIGHT_FORMS, type WeightForm } from '@glip-wgpu/glip-core';
import { useEffect, useState } from 'preact/hooks';
import type { Playground } from '../state/playground.ts';
import { STRINGS } from '../strings.ts';
import { messageOf } from '../text.ts';
import type { ModelEstimate } from '../worker/messages.ts';
import { megabytes } from './sizes.ts';

interface DetailsProps {
  readonly app: Playground;
  /** Of a published model. */
  readonly name: string;
  /** It is the model in use, in some precision. */
  readonly used: boolean;
  readonly onClose: () => void;
}

/** A published model's precisions, with download and memory of each, and its removal from the browser. */
export function ModelDetails({ app, name, used, onClose }: DetailsProps) {
  const [dtype, setDtype] = useState<WeightForm | undefined>(); // undefined: as the worker finds it stored
  const [estimate, setEstimate] = useState<ModelEstimate | undefined>();
  const [problem, setProblem] = useState('');
  const [ask, setAsk] = useState(false);
  const [removals, setRemovals] = useState(0);
  const tell = (error: unknown): void => setProblem(messageOf(error));
  useEffect(() => {
    const stop = new AbortController();
    setEstimate(undefined);
    setProblem('');
    app.client
      .call('estimate', { name, dtype, ask }, { signal: stop.signal })
      .then(setEstimate, (error) => !stop.signal.aborted && tell(error));
    return () => stop.abort();
  }, [app, name, dtype, ask, removals]);
  const form = dtype ?? estimate?.dtype;
  const load = (): void => {
    if (!estimate) return;
    onClose();
    void app.models.load({ kind: 'published', name, dtype: estimate.dtype });
  };
  const remove = (): void => {
    const before = estimate;
    setEstimate(undefined);
    app.client.call('remove', { name }).then(
      () => setRemovals((count) => count + 1),
      (error) => {
        setEstimate(before);
        tell(error);
      },
    );
  };
  return (
    <div class="model-details">
      <div class="precision">
        <fieldset class="segments">
          <legend class="visually-hidden">{STRINGS.model.precision}</legend>
          {WEIGHT_FORMS.map((one) => (
            <label key={one} class="segment">
              <input
                type="radio"
                name={`dtype-${name}`}
                value={one}
                checked={form === one}
                onChange={() => setDtype(one)}
              />
              <span>{STRINGS.model.dtypes[one]}</span>
            </label>
          ))}
        </fieldset>
        {form && <p class="note">{STRINGS.model.dtypeHints[form]}</p>}
      </div>
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
              ) : ask ? (
                STRINGS.model.noAnswer
              ) : (
                <>
                  <span class="size">{STRINGS.model.about(megabytes(estimate.usualDownload))}</span>{' '}
                  <button type="button" class="link-button" onClick={() => setAsk(true)}>
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
            {estimate.cached > 0 && !used && (
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
