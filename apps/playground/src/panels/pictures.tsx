import { SAMPLES } from '../input/samples.ts';
import type { Playground } from '../state/playground.ts';
import type { Picture, State } from '../state/state.ts';
import { STRINGS } from '../strings.ts';
import { Icon } from './icon.tsx';

/** Ways to a picture, the samples, and the pictures that are open. */
export function Pictures({ app, state }: { readonly app: Playground; readonly state: State }) {
  const { pictures, current } = state;
  const shown = pictures.find(({ id }) => id === current);
  const own = pictures.filter(({ source, blob }) => blob && !SAMPLES.some(({ name }) => name === source));
  return (
    <section class="pictures" aria-label={STRINGS.pictures.heading}>
      <div class="picture-actions">
        <label class="button" title={STRINGS.pictures.chooseHint}>
          <Icon name="open" />
          {STRINGS.pictures.choose}
          <input
            id="file"
            type="file"
            multiple
            accept="image/*,video/*,.json,.txt,.yaml,.yml,.safetensors,.pth,.pt"
            onChange={({ currentTarget }) => {
              const files = [...(currentTarget.files ?? [])];
              currentTarget.value = '';
              void app.pictures.openFiles(files);
            }}
          />
        </label>
        <button type="button" class="button" id="camera" onClick={() => app.store.set({ dialog: 'camera' })}>
          <Icon name="camera" />
          {STRINGS.pictures.camera}
        </button>
        <button
          type="button"
          class="button"
          id="address"
          onClick={() => app.store.set({ dialog: 'address' })}
        >
          <Icon name="link" />
          {STRINGS.pictures.address}
        </button>
        {own.length > 1 ? (
          <button
            type="button"
            class="button"
            id="search-all"
            disabled={state.gpu !== 'present'}
            onClick={() => app.runs.run(own.map(({ id }) => id))}
          >
            {STRINGS.pictures.searchAll(own.length)}
          </button>
        ) : (
          <span class="hint">{STRINGS.pictures.paste}</span>
        )}
      </div>
      <ul class="film">
        {own.map((picture) => (
          <Thumbnail key={picture.id} app={app} state={state} picture={picture} />
        ))}
        {SAMPLES.map(({ name, url }) => (
          <li key={name} class="frame">
            <button
              type="button"
              class="thumbnail"
              aria-label={STRINGS.pictures.sample(name)}
              aria-pressed={shown?.source === name}
              data-sample={name}
              onClick={() => void app.pictures.openSample(name)}
            >
              <img src={url} alt="" width="72" height="72" draggable={false} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ThumbnailProps {
  readonly app: Playground;
  readonly state: State;
  readonly picture: Picture;
}

function Thumbnail({ app, state: { current, run, outcomes }, picture }: ThumbnailProps) {
  const { id, name, thumbnail } = picture;
  const outcome = outcomes.get(id);
  const words =
    run?.picture === id
      ? STRINGS.pictures.searching
      : !outcome && run && run.waiting > 0
        ? STRINGS.pictures.waiting
        : '';
  return (
    <li class="frame">
      <button
        type="button"
        class="thumbnail"
        aria-label={`${STRINGS.pictures.show(name)}${words && `, ${words}`}`}
        aria-pressed={id === current}
        title={name}
        data-picture={id}
        onClick={() => app.pictures.select(id)}
      >
        <img src={thumbnail} alt="" width="72" height="72" draggable={false} />
        {words && <span class={`frame-state ${words}`}>{words}</span>}
      </button>
      <button
        type="button"
        class="frame-remove"
        aria-label={STRINGS.pictures.remove(name)}
        onClick={() => app.pictures.remove(id)}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
