import { emojiTiny, emojiTinyWarning } from '@glip-wgpu/emoji-tiny';
import { browserAdvice } from '../input/browser-advice.ts';
import { sampleNamed } from '../input/samples.ts';
import type { Playground } from '../state/playground.ts';
import { EMBEDDED_MODEL } from '../state/settings.ts';
import type { State } from '../state/state.ts';
import type { View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';
import { Icon } from './icon.tsx';

interface NoticesProps {
  readonly app: Playground;
  readonly state: State;
  readonly view: View;
}

/** Warnings and errors, each with its remedy. */
export function Notices({ app, state, view }: NoticesProps) {
  const { gpu, model, notice } = state;
  return (
    <div class="notices">
      {gpu !== 'present' && <NoGpu gpu={gpu} />}
      {gpu === 'present' && model.state === 'failed' && (
        <div class="notice error" role="alert">
          <Icon name="warning" />
          <div>
            <p>{STRINGS.model.failed(model.name, model.message)}</p>
            <button type="button" class="button" onClick={() => app.models.load({ kind: 'embedded' })}>
              {STRINGS.model.retry}
            </button>
          </div>
        </div>
      )}
      {notice && (
        <div class={`notice ${notice.kind}`} role={notice.kind === 'error' ? 'alert' : 'status'} id="notice">
          <Icon name={notice.kind === 'error' ? 'warning' : 'info'} />
          <div>
            <p>{notice.text}</p>
            {notice.unlearn && (
              <button
                type="button"
                class="button"
                id="unlearn"
                onClick={() => app.lessons.switchAdapter(false)}
              >
                {STRINGS.teach.unlearn}
              </button>
            )}
          </div>
          <button
            type="button"
            class="tool plain"
            aria-label={STRINGS.close}
            onClick={() => app.store.set({ notice: undefined })}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
      {isToy(state, view) && (
        <div class="notice toy" id="toy">
          <Icon name="info" />
          <div>
            <p>
              <strong>{STRINGS.toy.title}.</strong> {STRINGS.toy.text}
            </p>
            <button type="button" class="button" onClick={() => app.store.set({ dialog: 'models' })}>
              {STRINGS.toy.action}
            </button>
          </div>
        </div>
      )}
    </div>
  );
}

/** True for a picture of the user's own that is not of the embedded model's kind. */
function isToy({ model }: State, { picture }: View): boolean {
  const name = model.state === 'ready' ? model.info.name : model.name;
  if (!picture || name !== EMBEDDED_MODEL || sampleNamed(picture.source)) return false;
  return emojiTinyWarning(picture) !== undefined && emojiTiny.name === EMBEDDED_MODEL;
}

function NoGpu({ gpu }: { readonly gpu: 'no-webgpu' | 'no-adapter' }) {
  const { title, steps } = browserAdvice(navigator.userAgent, gpu, globalThis.isSecureContext);
  return (
    <div class="notice error" role="alert" id="no-gpu">
      <Icon name="warning" />
      <div>
        <p>
          <strong>{title}.</strong> {STRINGS.noGpu.still}
        </p>
        <ul>
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ul>
      </div>
    </div>
  );
}
