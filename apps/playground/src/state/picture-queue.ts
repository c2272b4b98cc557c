import { headOf, openPicture } from '../input/open-picture.ts';
import { fileKind } from '../input/picture-kind.ts';
import { SAMPLES, sampleNamed } from '../input/samples.ts';
import { importNames } from '../prompt/import-names.ts';
import { joinList } from '../prompt/parse-list.ts';
import { STRINGS } from '../strings.ts';
import { messageOf } from '../text.ts';
import type { Core } from './core.ts';
import type { Models } from './models.ts';
import type { Runs } from './runs.ts';

/** The queue of pictures, and all ways into it. */
export class PictureQueue {
  readonly #core: Core;
  readonly #runs: Runs;
  readonly #models: Models;
  /** Tells the newest choice of a picture from those that take longer to open. */
  #opening = 0;

  constructor(core: Core, runs: Runs, models: Models) {
    this.#core = core;
    this.#runs = runs;
    this.#models = models;
  }

  /** @param keep  leaves what is to be found as it is */
  async openSample(name: string, { keep = false } = {}): Promise<void> {
    const sample = sampleNamed(name);
    if (!sample) return;
    const known = this.#core.state.pictures.find(({ source }) => source === name);
    const { list, caption } = sample;
    if (!keep) this.#core.change({ list, caption, spans: [], thresholds: {}, heat: '' });
    if (known) {
      this.select(known.id);
      return;
    }
    const turn = ++this.#opening;
    const blob = await (await fetch(sample.url)).blob();
    await this.#show(blob, `${name}.jpg`, { source: name, turn });
  }

  /** Opens files of any kind: pictures, a video, a list of names, a model. */
  async openFiles(files: Iterable<File>): Promise<void> {
    const turn = ++this.#opening;
    const added: number[] = [];
    const problems: string[] = [];
    for (const file of files) {
      const { kind } = fileKind(await headOf(file), file.name);
      try {
        if (kind === 'video') await this.#runs.startLive(file);
        else if (kind === 'text') await this.importList(file);
        else if (kind === 'model') await this.#models.load({ kind: 'file', file, dtype: 'f32' });
        else {
          const id = await this.#add(file, file.name || STRINGS.pictures.pasted, '');
          added.push(id);
          if (added.length === 1 && turn === this.#opening) this.#choose(id);
        }
      } catch (error) {
        problems.push(messageOf(error));
      }
    }
    if (problems.length > 0) this.#core.store.set({ notice: { kind: 'error', text: problems.join(' ') } });
    if (added.length > 0) this.#runs.run(added);
  }

  async openAddress(url: string): Promise<void> {
    const turn = ++this.#opening;
    const text = STRINGS.pictures.fetching(url);
    this.#core.store.set({ dialog: undefined, linked: '', notice: { kind: 'info', text } });
    try {
      const blob = await this.#core.client.call('fetch', { url });
      this.#core.store.set({ notice: undefined });
      await this.#show(blob, nameOfUrl(url), { source: url.startsWith('data:') ? '' : url, turn });
    } catch (error) {
      if (turn === this.#opening) this.#core.report(error);
    }
  }

  async #show(blob: Blob, name: string, { source, turn }: { source: string; turn: number }): Promise<void> {
    const id = await this.#add(blob, name, source);
    if (turn !== this.#opening) return; // another picture was chosen meanwhile
    this.#choose(id);
    this.#runs.run([id]);
  }

  async #add(blob: Blob, name: string, source: string): Promise<number> {
    const opened = await openPicture(blob, name);
    const id = this.#core.nextId();
    this.#core.store.set({ pictures: [...this.#core.state.pictures, { ...opened, id, source }] });
    return id;
  }

  #choose(id: number): void {
    this.#runs.stopLive();
    const picture = this.#core.state.pictures.find((one) => one.id === id);
    this.#core.store.set({ current: id, focus: undefined, editing: false, selected: undefined });
    this.#core.change({ picture: picture?.source ?? '' });
  }

  /** Shows a picture of the queue, and searches it unless it has been. */
  select(id: number): void {
    this.#opening += 1;
    this.#choose(id);
    const outcome = this.#core.outcome;
    if (!outcome || outcome.key !== this.#core.key) this.#runs.run();
  }

  remove(id: number): void {
    const { pictures, current } = this.#core.state;
    const gone = pictures.find((picture) => picture.id === id);
    const left = pictures.filter((picture) => picture.id !== id);
    if (!gone) return;
    URL.revokeObjectURL(gone.thumbnail);
    const [outcomes, edits] = [new Map(this.#core.state.outcomes), new Map(this.#core.state.edits)];
    outcomes.delete(id);
    edits.delete(id);
    this.#core.store.set({ pictures: left, outcomes, edits });
    if (current !== id) return;
    const next = left.at(-1);
    if (next) this.select(next.id);
    else void this.openSample(SAMPLES[0].name, { keep: true });
  }

  async importList(file: File): Promise<void> {
    const names = importNames(await file.text(), file.name);
    this.#core.change({ mode: 'categories', list: joinList(names), thresholds: {} });
    this.#core.store.set({
      notice: { kind: 'info', text: STRINGS.prompt.imported(names.length, file.name) },
    });
  }
}

function nameOfUrl(url: string): string {
  const last = /([^/?#]+)(?:[?#].*)?$/.exec(url)?.[1] ?? 'picture';
  try {
    return decodeURIComponent(last).slice(0, 80);
  } catch {
    return last.slice(0, 80);
  }
}
