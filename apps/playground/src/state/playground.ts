import { SAMPLES, sampleNamed } from '../input/samples.ts';
import { joinList, parseList } from '../prompt/parse-list.ts';
import type { WorkerClient } from '../worker/client.ts';
import { fromAddress } from './address.ts';
import { Core } from './core.ts';
import { Inspection } from './inspection.ts';
import { Lessons } from './lessons.ts';
import { Models } from './models.ts';
import { PictureQueue } from './picture-queue.ts';
import { Runs } from './runs.ts';
import { EMBEDDED_MODEL, type Settings } from './settings.ts';
import type { Focus, State } from './state.ts';
import type { Store } from './store.ts';

/** The page's actions: each changes the state, in which components see it. */
export class Playground {
  readonly #core: Core;
  readonly runs: Runs;
  readonly models: Models;
  readonly pictures: PictureQueue;
  readonly lessons: Lessons;
  readonly inspection: Inspection;

  constructor(hash: string) {
    this.#core = new Core(hash);
    this.runs = new Runs(this.#core);
    this.models = new Models(this.#core, this.runs);
    this.pictures = new PictureQueue(this.#core, this.runs, this.models);
    this.lessons = new Lessons(this.#core, this.runs);
    this.inspection = new Inspection(this.#core, this.runs);
  }

  get store(): Store<State> {
    return this.#core.store;
  }

  get client(): WorkerClient {
    return this.#core.client;
  }

  get state(): State {
    return this.#core.state;
  }

  /** Shows the picture of the settings, and loads the embedded model. */
  async start(): Promise<void> {
    const { settings } = this.state;
    const sample = sampleNamed(settings.picture);
    // A picture of another site is loaded after a click only: a link to this page must not make it connect anywhere.
    if (!sample && settings.picture !== '') this.store.set({ dialog: 'address', linked: settings.picture });
    const shown = this.pictures.openSample(sample?.name ?? SAMPLES[0].name, { keep: true });
    if (this.state.gpu === 'present') await this.models.load({ kind: 'embedded' });
    await shown;
    if (settings.model !== EMBEDDED_MODEL) await this.models.openLinked(settings.model);
  }

  /** Changes settings; the model runs again only when asked to, or for score maps that were not kept. */
  change(settings: Partial<Settings>): void {
    this.#core.change(settings);
    if (settings.heat) this.inspection.look({ kind: 'none' });
    if (settings.heat && !this.#core.outcome?.grounding.scoreMaps) this.runs.run();
  }

  writeAddress(): void {
    this.#core.writeAddress();
  }

  /** Takes the settings of an address that the user entered. */
  readAddress(hash: string): void {
    const settings = fromAddress(hash);
    const before = this.state.settings;
    this.store.set({ settings });
    if (settings.model !== before.model) void this.models.openLinked(settings.model);
    const sample = sampleNamed(settings.picture);
    if (sample && settings.picture !== before.picture)
      void this.pictures.openSample(sample.name, { keep: true });
    else if (!sample && settings.picture !== '')
      this.store.set({ dialog: 'address', linked: settings.picture });
    else this.runs.run();
  }

  /** Removes a name from the list. */
  dropCategory(label: string): void {
    const entries = parseList(this.state.settings.list);
    const left = entries.filter((entry) => (typeof entry === 'string' ? entry : entry.label) !== label);
    this.change({ list: joinList(left) });
  }

  focus(focus: Focus): void {
    this.store.set({ focus });
  }
}
