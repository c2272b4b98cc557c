import { STRINGS } from '../strings.ts';
import { messageOf } from '../text.ts';
import type { ModelChoice, Progress } from '../worker/messages.ts';
import type { Core } from './core.ts';
import type { Runs } from './runs.ts';
import { EMBEDDED_MODEL } from './settings.ts';
import type { Model } from './state.ts';

/** The choice of the model. */
export class Models {
  readonly #core: Core;
  readonly #runs: Runs;
  #loading: AbortController | undefined;
  /** The model in use, which stays if another one cannot be loaded. */
  #ready: Model | undefined;

  constructor(core: Core, runs: Runs) {
    this.#core = core;
    this.#runs = runs;
  }

  /** Fails quietly if a newer load has begun. */
  async load(choice: ModelChoice): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    const name =
      choice.kind === 'embedded' ? EMBEDDED_MODEL : choice.kind === 'file' ? choice.file.name : choice.name;
    const onEvent = (progress: Progress): void => {
      if (!loading.signal.aborted) this.#core.store.set({ model: { state: 'loading', name, progress } });
    };
    this.#core.store.set({ model: { state: 'loading', name, progress: undefined }, notice: undefined });
    try {
      const info = await this.#core.client.call('load', { choice }, { signal: loading.signal, onEvent });
      this.#core.store.set({ model: { state: 'ready', info }, adapter: undefined, teaching: undefined });
      this.#core.change({ model: choice.kind === 'file' ? EMBEDDED_MODEL : name });
      this.#ready = { state: 'ready', info };
      this.#runs.resume();
    } catch (error) {
      if (loading.signal.aborted) return;
      if ((error as { reason?: string }).reason === 'unavailable')
        this.#core.store.set({ gpu: 'no-adapter' });
      const message = messageOf(error);
      if (this.#ready) {
        this.#core.store.set({
          model: this.#ready,
          notice: { kind: 'error', text: STRINGS.model.failed(name, message) },
        });
      } else {
        this.#core.store.set({ model: { state: 'failed', name, message } });
      }
    }
  }

  /** Gives up the model that is being loaded, for the one before. */
  stopLoading(): void {
    this.#loading?.abort();
    if (this.#ready) this.#core.store.set({ model: this.#ready });
    else void this.load({ kind: 'embedded' });
  }

  /** A model that a link names is loaded if it is stored here; otherwise the user decides about the download. */
  async openLinked(name: string): Promise<void> {
    if (this.#core.state.gpu !== 'present') return;
    if (name === EMBEDDED_MODEL) return this.load({ kind: 'embedded' });
    const estimate = await this.#core.client.call('estimate', { name, ask: false }).catch(() => undefined);
    if (!estimate) return;
    this.#core.change({ model: name });
    if (estimate.cached > 0) await this.load({ kind: 'published', name, dtype: estimate.dtype });
    else this.#core.store.set({ dialog: 'models' });
  }
}
