import { messageOf } from '../text.ts';
import { WorkerClient } from '../worker/client.ts';
import { fromAddress, toAddress } from './address.ts';
import { NO_LOOK } from './look.ts';
import { EMBEDDED_MODEL, type Settings } from './settings.ts';
import type { Outcome, State } from './state.ts';
import { Store } from './store.ts';
import { keyOf } from './view.ts';

const ADDRESS_MS = 300; // browsers limit how often an address may change

/** The state and the worker, which all actions share. */
export class Core {
  readonly store: Store<State>;
  readonly client = new WorkerClient((device) => this.store.set({ lost: device === 'lost' }));
  #count = 0;
  #addressTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(hash: string) {
    this.store = new Store<State>({
      settings: fromAddress(hash),
      gpu: 'gpu' in navigator ? 'present' : 'no-webgpu',
      model: { state: 'loading', name: EMBEDDED_MODEL, progress: undefined },
      lost: false,
      pictures: [],
      current: undefined,
      linked: '',
      outcomes: new Map(),
      edits: new Map(),
      run: undefined,
      inside: undefined,
      look: NO_LOOK,
      live: undefined,
      focus: undefined,
      notice: undefined,
      dialog: undefined,
      editing: false,
      selected: undefined,
      newLabel: '',
      teaching: undefined,
      adapter: undefined,
    });
  }

  get state(): State {
    return this.store.state;
  }

  /** A number that nothing else has. */
  nextId(): number {
    this.#count += 1;
    return this.#count;
  }

  change(settings: Partial<Settings>): void {
    this.store.set({ settings: { ...this.state.settings, ...settings } });
    clearTimeout(this.#addressTimer);
    this.#addressTimer = setTimeout(() => this.writeAddress(), ADDRESS_MS);
  }

  writeAddress(): void {
    clearTimeout(this.#addressTimer);
    const hash = toAddress(this.state.settings);
    history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
  }

  /** Of the current picture. */
  get outcome(): Outcome | undefined {
    const { current, outcomes } = this.state;
    return current === undefined ? undefined : outcomes.get(current);
  }

  /** Identity of model, adapter and prompt as they are. */
  get key(): string {
    return keyOf(this.state);
  }

  /** Tells the user of an error. */
  report(error: unknown, subject = ''): void {
    const text = `${subject && `${subject}: `}${messageOf(error)}`;
    this.store.set({ notice: { kind: 'error', text } });
  }
}
