import type { Playground } from '../state/playground.ts';
import type { State } from '../state/state.ts';
import { STRINGS } from '../strings.ts';
import { Dialog } from './dialog.tsx';

/** Asks for the address of a picture; one that a link names is fetched only from here. */
export function AddressDialog({ app, state }: { readonly app: Playground; readonly state: State }) {
  const { linked } = state;
  return (
    <Dialog title={STRINGS.address.heading} onClose={() => app.store.set({ dialog: undefined, linked: '' })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const url = new FormData(event.currentTarget).get('url');
          void app.pictures.openAddress(String(url).trim());
        }}
      >
        {linked && <p>{STRINGS.address.linked}</p>}
        <label for="url">{STRINGS.address.label}</label>
        <input
          id="url"
          name="url"
          type="url"
          required
          autocomplete="off"
          placeholder="https://"
          defaultValue={linked}
        />
        <p class="note">{STRINGS.address.note}</p>
        <button type="submit" class="button main" id="fetch">
          {STRINGS.address.open}
        </button>
      </form>
    </Dialog>
  );
}
