import type { LabeledBox } from '@glip-wgpu/datasets';
import { Grounding } from '@glip-wgpu/glip-core';
import { liveFrames } from '../input/live.ts';
import { headOf, openPicture } from '../input/open-picture.ts';
import { fileKind } from '../input/picture-kind.ts';
import { SAMPLES, sampleNamed } from '../input/samples.ts';
import { importNames } from '../prompt/import-names.ts';
import { joinList, parseList } from '../prompt/parse-list.ts';
import { promptOf } from '../prompt/prompt-of.ts';
import { STRINGS } from '../strings.ts';
import { WorkerClient } from '../worker/client.ts';
import type { Calls, ModelChoice, Progress } from '../worker/messages.ts';
import { fromAddress, toAddress } from './address.ts';
import { EMBEDDED_MODEL, type Settings } from './settings.ts';
import type { Focus, LearnedAdapter, Outcome, Picture, State } from './state.ts';
import { Store } from './store.ts';
import { keyOf } from './view.ts';

const ADDRESS_MS = 300; // browsers limit how often an address may change

/** The page's actions: each changes the state, in which components see it. */
export class Playground {
  readonly store: Store<State>;
  readonly client = new WorkerClient((device) => this.store.set({ lost: device === 'lost' }));
  #count = 0;
  #opening = 0;
  #loading: AbortController | undefined;
  #running: AbortController | undefined;
  #live: AbortController | undefined;
  #addressTimer: ReturnType<typeof setTimeout> | undefined;
  /** Pictures to search once the model is there. */
  #postponed: readonly number[] = [];

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

  /** Shows the picture of the settings, and loads the embedded model. */
  async start(): Promise<void> {
    const { settings } = this.state;
    const sample = sampleNamed(settings.picture);
    // A picture of another site is loaded after a click only: a link to this page must not make it connect anywhere.
    if (!sample && settings.picture !== '') this.store.set({ dialog: 'address', linked: settings.picture });
    const shown = this.openSample(sample?.name ?? SAMPLES[0].name, { keep: true });
    if (this.state.gpu === 'present') await this.load({ kind: 'embedded' });
    await shown;
    if (settings.model !== EMBEDDED_MODEL) await this.#openLinkedModel(settings.model);
  }

  /** A model that a link names is loaded if it is stored here; otherwise the user decides about the download. */
  async #openLinkedModel(name: string): Promise<void> {
    if (this.state.gpu !== 'present') return;
    if (name === EMBEDDED_MODEL) return this.load({ kind: 'embedded' });
    const request = { name, dtype: 'f16', ask: false } as const;
    const estimate = await this.client.call('estimate', request).catch(() => undefined);
    if (!estimate) return;
    this.change({ model: name });
    if (estimate.cached > 0) await this.load({ kind: 'published', name, dtype: 'f16' });
    else this.store.set({ dialog: 'models' });
  }

  /** Changes settings; the model runs again only when asked to. */
  change(settings: Partial<Settings>): void {
    this.store.set({ settings: { ...this.state.settings, ...settings } });
    clearTimeout(this.#addressTimer);
    this.#addressTimer = setTimeout(() => this.writeAddress(), ADDRESS_MS);
    if (settings.heat && !this.#outcome()?.grounding.scoreMaps) this.run();
  }

  writeAddress(): void {
    clearTimeout(this.#addressTimer);
    const hash = toAddress(this.state.settings);
    history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
  }

  /** Takes the settings of an address that the user entered. */
  readAddress(hash: string): void {
    const settings = fromAddress(hash);
    const before = this.state.settings;
    this.store.set({ settings });
    if (settings.model !== before.model) void this.#openLinkedModel(settings.model);
    const sample = sampleNamed(settings.picture);
    if (sample && settings.picture !== before.picture) void this.openSample(sample.name, { keep: true });
    else if (!sample && settings.picture !== '')
      this.store.set({ dialog: 'address', linked: settings.picture });
    else this.run();
  }

  /** Fails quietly if a newer load has begun. */
  async load(choice: ModelChoice): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    const name =
      choice.kind === 'embedded' ? EMBEDDED_MODEL : choice.kind === 'file' ? choice.file.name : choice.name;
    const before = this.state.model;
    const onEvent = (progress: Progress): void => {
      if (!loading.signal.aborted) this.store.set({ model: { state: 'loading', name, progress } });
    };
    this.store.set({ model: { state: 'loading', name, progress: undefined }, notice: undefined });
    try {
      const info = await this.client.call('load', { choice }, { signal: loading.signal, onEvent });
      this.store.set({ model: { state: 'ready', info }, adapter: undefined, teaching: undefined });
      this.change({ model: choice.kind === 'file' ? EMBEDDED_MODEL : name });
      const { current } = this.state;
      const postponed = this.#postponed.length > 0 || current === undefined ? this.#postponed : [current];
      this.#postponed = [];
      if (postponed.length > 0) this.run(postponed);
    } catch (error) {
      if (loading.signal.aborted) return;
      if ((error as { reason?: string }).reason === 'unavailable') this.store.set({ gpu: 'no-adapter' });
      const message = messageOf(error);
      if (before.state === 'ready') {
        this.store.set({
          model: before,
          notice: { kind: 'error', text: STRINGS.model.failed(name, message) },
        });
      } else {
        this.store.set({ model: { state: 'failed', name, message } });
      }
    }
  }

  /** Gives up the model that is being loaded. */
  stopLoading(): void {
    this.#loading?.abort();
    void this.load({ kind: 'embedded' });
  }

  /** @param keep  leaves what is to be found as it is */
  async openSample(name: string, { keep = false } = {}): Promise<void> {
    const sample = sampleNamed(name);
    if (!sample) return;
    const known = this.state.pictures.find(({ source }) => source === name);
    const { list, caption } = sample;
    if (!keep) this.change({ list, caption, spans: [], thresholds: {}, heat: '' });
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
        if (kind === 'video') await this.startLive(file);
        else if (kind === 'text') await this.importList(file);
        else if (kind === 'model') await this.load({ kind: 'file', file, dtype: 'f32' });
        else {
          const id = await this.#add(file, file.name || STRINGS.pictures.pasted, '');
          added.push(id);
          if (added.length === 1 && turn === this.#opening) this.#choose(id);
        }
      } catch (error) {
        problems.push(messageOf(error));
      }
    }
    if (problems.length > 0) this.store.set({ notice: { kind: 'error', text: problems.join(' ') } });
    if (added.length > 0) this.run(added);
  }

  async openAddress(url: string): Promise<void> {
    const turn = ++this.#opening;
    const text = STRINGS.pictures.fetching(url);
    this.store.set({ dialog: undefined, linked: '', notice: { kind: 'info', text } });
    try {
      const blob = await this.client.call('fetch', { url });
      this.store.set({ notice: undefined });
      await this.#show(blob, nameOfUrl(url), { source: url.startsWith('data:') ? '' : url, turn });
    } catch (error) {
      if (turn === this.#opening) this.store.set({ notice: { kind: 'error', text: messageOf(error) } });
    }
  }

  async #show(blob: Blob, name: string, { source, turn }: { source: string; turn: number }): Promise<void> {
    const id = await this.#add(blob, name, source);
    if (turn !== this.#opening) return; // another picture was chosen meanwhile
    this.#choose(id);
    this.run([id]);
  }

  async #add(blob: Blob, name: string, source: string): Promise<number> {
    const opened = await openPicture(blob, name);
    const id = ++this.#count;
    this.store.set({ pictures: [...this.state.pictures, { ...opened, id, source }] });
    return id;
  }

  #choose(id: number): void {
    this.stopLive();
    const picture = this.state.pictures.find((one) => one.id === id);
    this.store.set({ current: id, focus: undefined, editing: false, selected: undefined });
    this.change({ picture: picture?.source ?? '' });
  }

  /** Shows a picture of the queue, and searches it unless it has been. */
  select(id: number): void {
    this.#opening += 1;
    this.#choose(id);
    const outcome = this.#outcome();
    if (!outcome || outcome.key !== this.#key()) this.run();
  }

  remove(id: number): void {
    const { pictures, current } = this.state;
    const gone = pictures.find((picture) => picture.id === id);
    const left = pictures.filter((picture) => picture.id !== id);
    if (!gone) return;
    URL.revokeObjectURL(gone.thumbnail);
    this.store.set({ pictures: left });
    if (current !== id) return;
    const next = left.at(-1);
    if (next) this.select(next.id);
    else void this.openSample(SAMPLES[0].name, { keep: true });
  }

  async importList(file: File): Promise<void> {
    const names = importNames(await file.text(), file.name);
    this.change({ mode: 'categories', list: joinList(names), thresholds: {} });
    this.store.set({ notice: { kind: 'info', text: STRINGS.prompt.imported(names.length, file.name) } });
  }

  /** Removes a name from the list. */
  dropCategory(label: string): void {
    const entries = parseList(this.state.settings.list);
    const left = entries.filter((entry) => (typeof entry === 'string' ? entry : entry.label) !== label);
    this.change({ list: joinList(left) });
  }

  /** Begins to correct the boxes of the current picture, as they are shown. */
  correct(boxes: readonly LabeledBox[]): void {
    const { current, edits } = this.state;
    if (current !== undefined && !edits.has(current)) this.edit(boxes);
    this.store.set({ editing: true, selected: undefined });
  }

  /** Trains on the corrected pictures, and looks at the current one with what was learned. */
  async teach(mode: 'linear' | 'prompt', steps: number): Promise<void> {
    const { pictures, edits, model } = this.state;
    const taught = pictures.flatMap(({ id, blob, width, height }) => {
      const boxes = edits.get(id);
      return blob && boxes ? [{ blob, width, height, boxes }] : [];
    });
    if (model.state !== 'ready' || taught.length === 0) return;
    this.stop();
    const teaching = new AbortController();
    this.#running = teaching;
    const losses: number[] = [];
    const labels = this.#labelsOf(taught.flatMap(({ boxes }) => boxes));
    const tell = (running: boolean): void =>
      this.store.set({ teaching: { steps, losses: [...losses], running } });
    tell(true);
    try {
      const request = { pictures: taught, labels, mode, steps, name: model.info.name };
      const onEvent = ({ loss }: Calls['teach']['event']): void => {
        losses.push(loss);
        tell(true);
      };
      const bytes = await this.client.call('teach', request, { signal: teaching.signal, onEvent });
      const file = new Blob([bytes as Uint8Array<ArrayBuffer>]);
      this.#useAdapter({ file, mode, labels });
    } catch (error) {
      if (!teaching.signal.aborted) this.store.set({ notice: { kind: 'error', text: messageOf(error) } });
    } finally {
      tell(false);
    }
  }

  /** Takes an adapter's file into use. */
  async openAdapter(file: File): Promise<void> {
    try {
      this.#useAdapter({ file, ...(await this.client.call('adapt', { file })) });
    } catch (error) {
      this.store.set({ notice: { kind: 'error', text: `${file.name}: ${messageOf(error)}` } });
    }
  }

  /** Searches the current picture with what was learned, or without it. */
  switchAdapter(on: boolean): void {
    const { adapter } = this.state;
    if (!adapter) return;
    this.store.set({ adapter: { ...adapter, on }, editing: false });
    this.run();
  }

  #useAdapter({ file, mode, labels }: Pick<LearnedAdapter, 'file' | 'mode' | 'labels'>): void {
    this.store.set({ adapter: { id: ++this.#count, file, mode, labels, on: true }, editing: false });
    if (labels) this.change({ mode: 'categories', list: joinList(labels), thresholds: {} }); // learned rows belong to them
    this.run();
  }

  /** Labels of the prompt, then those that the user has added. */
  #labelsOf(boxes: readonly Pick<LabeledBox, 'label'>[]): string[] {
    const planned = this.#outcome()?.grounding.plan.targets ?? [];
    return [...new Set([...planned, ...boxes].map(({ label }) => label))];
  }

  focus(focus: Focus): void {
    this.store.set({ focus });
  }

  edit(boxes: readonly LabeledBox[] | undefined): void {
    const { current, edits } = this.state;
    if (current === undefined) return;
    const next = new Map(edits);
    if (boxes) next.set(current, boxes);
    else next.delete(current);
    this.store.set({ edits: next });
  }

  /** Searches pictures one after the other, the current one by default; a search in progress is given up. */
  run(pictures: readonly number[] = this.state.current === undefined ? [] : [this.state.current]): void {
    this.#running?.abort();
    this.store.set({ run: undefined });
    const { model, gpu } = this.state;
    if (gpu !== 'present' || pictures.length === 0) return;
    if (model.state !== 'ready') {
      this.#postponed = pictures;
      return;
    }
    const running = new AbortController();
    this.#running = running;
    void this.#runAll(pictures, running.signal);
  }

  stop(): void {
    this.#running?.abort();
    this.stopLive();
    this.store.set({ run: undefined });
  }

  async #runAll(ids: readonly number[], signal: AbortSignal): Promise<void> {
    for (const [i, id] of ids.entries()) {
      const picture = this.state.pictures.find((one) => one.id === id);
      if (!picture?.blob) continue;
      const waiting = ids.length - i - 1;
      this.store.set({ run: { picture: id, progress: undefined, waiting } });
      const onEvent = (progress: Progress): void => {
        if (!signal.aborted) this.store.set({ run: { picture: id, progress, waiting } });
      };
      try {
        const key = this.#key();
        const request = {
          image: picture.blob,
          prompt: promptOf(this.state.settings),
          explain: id === this.state.current,
          adapted: this.state.adapter?.on === true,
        };
        const answer = await this.client.call('ground', request, { signal, onEvent });
        if (signal.aborted) return;
        this.#keep(id, answer, key);
      } catch (error) {
        if (signal.aborted) return;
        const full = (error as { reason?: string }).reason === 'out-of-memory';
        const text = full ? STRINGS.model.memory : `${picture.name}: ${messageOf(error)}`;
        this.store.set({ notice: { kind: 'error', text }, ...(full && { dialog: 'models' }) });
      }
    }
    if (!signal.aborted) this.store.set({ run: undefined });
  }

  /** Keeps an outcome; score maps, which are large, only of the picture that is shown. */
  #keep(id: number, { grounding, times }: Calls['ground']['answer'], key: string): void {
    const { current, outcomes, notice } = this.state;
    const kept = new Map<number, Outcome>();
    for (const [other, outcome] of outcomes) {
      const { scoreMaps, ...data } = outcome.grounding.toData();
      const large = scoreMaps && other !== current && other !== id;
      kept.set(other, large ? { ...outcome, grounding: Grounding.fromData(data) } : outcome);
    }
    kept.set(id, { grounding: Grounding.fromData(grounding), key, times });
    this.store.set({ outcomes: kept, ...(notice?.kind === 'error' && { notice: undefined }) });
  }

  /** Searches the frames of a camera or a video file as they come, until stopped. */
  async startLive(source: File | MediaStream): Promise<void> {
    this.stop();
    const live = new AbortController();
    this.#live = live;
    const kind = source instanceof File ? 'video' : 'camera';
    this.store.set({ live: kind, dialog: undefined, notice: undefined });
    this.change({ picture: '' });
    const id = ++this.#count;
    try {
      for await (const frame of liveFrames(source, live.signal)) {
        if (this.state.model.state !== 'ready') {
          frame.close();
          continue;
        }
        const key = this.#key();
        const request = {
          image: frame,
          prompt: promptOf(this.state.settings),
          explain: false,
          adapted: this.state.adapter?.on === true,
        };
        const options = { signal: live.signal, transfer: [frame] };
        const answer = await this.client.call('ground', request, options);
        if (live.signal.aborted) return;
        this.#showFrame(id, kind, answer, key);
      }
    } catch (error) {
      if (!live.signal.aborted) this.store.set({ notice: { kind: 'error', text: messageOf(error) } });
    } finally {
      if (this.#live === live) this.stopLive();
    }
  }

  /** The frame that was searched, with its boxes: never boxes of another one. */
  #showFrame(id: number, name: string, { frame, ...answer }: Calls['ground']['answer'], key: string): void {
    if (!frame) return;
    const { width, height } = frame;
    const old = this.state.pictures.find((picture) => picture.id === id);
    const picture: Picture = {
      id,
      name,
      source: '',
      blob: undefined,
      thumbnail: '',
      bitmap: frame,
      width,
      height,
    };
    const others = this.state.pictures.filter((one) => one.id !== id);
    this.store.set({ pictures: [...others, picture], current: id });
    this.#keep(id, answer, key);
    old?.bitmap.close();
  }

  stopLive(): void {
    if (!this.#live) return;
    this.#live.abort();
    this.#live = undefined;
    this.store.set({
      live: undefined,
      pictures: this.state.pictures.filter(({ blob }) => blob !== undefined),
    });
    const { pictures, current } = this.state;
    if (!pictures.some(({ id }) => id === current)) this.store.set({ current: pictures.at(-1)?.id });
  }

  #outcome(): Outcome | undefined {
    const { current, outcomes } = this.state;
    return current === undefined ? undefined : outcomes.get(current);
  }

  #key(): string {
    return keyOf(this.state);
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

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
