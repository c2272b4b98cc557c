import { Grounding } from '@glip-wgpu/glip-core';
import { liveFrames } from '../input/live.ts';
import { promptOf } from '../prompt/prompt-of.ts';
import { STRINGS } from '../strings.ts';
import { messageOf } from '../text.ts';
import type { Calls, Progress } from '../worker/messages.ts';
import type { Core } from './core.ts';
import type { Outcome, Picture } from './state.ts';

/** Runs of the model: over pictures one after the other, or over the frames of a video. */
export class Runs {
  readonly #core: Core;
  #running: AbortController | undefined;
  #live: AbortController | undefined;
  /** Pictures to search once the model is there. */
  #postponed: readonly number[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  /** Searches pictures one after the other, the current one by default; a search in progress is given up. */
  run(
    pictures: readonly number[] = this.#core.state.current === undefined ? [] : [this.#core.state.current],
  ): void {
    this.#running?.abort();
    this.#core.store.set({ run: undefined });
    const { model, gpu } = this.#core.state;
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
    this.#core.store.set({ run: undefined });
  }

  async #runAll(ids: readonly number[], signal: AbortSignal): Promise<void> {
    for (const [i, id] of ids.entries()) {
      const picture = this.#core.state.pictures.find((one) => one.id === id);
      if (!picture?.blob) continue;
      const waiting = ids.length - i - 1;
      this.#core.store.set({ run: { picture: id, progress: undefined, waiting } });
      const onEvent = (progress: Progress): void => {
        if (!signal.aborted) this.#core.store.set({ run: { picture: id, progress, waiting } });
      };
      try {
        const key = this.#core.key;
        const request = {
          image: picture.blob,
          prompt: promptOf(this.#core.state.settings),
          explain: id === this.#core.state.current,
          adapted: this.#core.state.adapter?.on === true,
        };
        const answer = await this.#core.client.call('ground', request, { signal, onEvent });
        if (signal.aborted) return;
        this.#keep(id, answer, key);
      } catch (error) {
        if (signal.aborted) return;
        const { name, reason } = error as Error & { readonly reason?: string };
        const { adapter } = this.#core.state;
        if (name === 'AdapterError' && adapter?.labels) {
          const text = STRINGS.teach.otherNames(adapter.labels);
          this.#core.store.set({ notice: { kind: 'error', text, unlearn: true } });
          continue;
        }
        const full = reason === 'out-of-memory';
        const text = full ? STRINGS.model.memory : `${picture.name}: ${messageOf(error)}`;
        this.#core.store.set({ notice: { kind: 'error', text }, ...(full && { dialog: 'models' }) });
      }
    }
    if (!signal.aborted) this.#core.store.set({ run: undefined });
  }

  /** Keeps an outcome; score maps, which are large, only of the picture that is shown. */
  #keep(id: number, { grounding, times }: Calls['ground']['answer'], key: string): void {
    const { current, outcomes, notice } = this.#core.state;
    const kept = new Map<number, Outcome>();
    for (const [other, outcome] of outcomes) {
      const { scoreMaps, ...data } = outcome.grounding.toData();
      const large = scoreMaps && other !== current && other !== id;
      kept.set(other, large ? { ...outcome, grounding: Grounding.fromData(data) } : outcome);
    }
    kept.set(id, { grounding: Grounding.fromData(grounding), key, times });
    this.#core.store.set({ outcomes: kept, ...(notice?.kind === 'error' && { notice: undefined }) });
  }

  /** Searches the frames of a camera or a video file as they come, until stopped. */
  async startLive(source: File | MediaStream): Promise<void> {
    this.stop();
    const live = new AbortController();
    this.#live = live;
    const kind = source instanceof File ? 'video' : 'camera';
    this.#core.store.set({ live: kind, dialog: undefined, notice: undefined });
    this.#core.change({ picture: '' });
    const id = this.#core.nextId();
    try {
      for await (const frame of liveFrames(source, live.signal)) {
        if (this.#core.state.model.state !== 'ready') {
          frame.close();
          continue;
        }
        const key = this.#core.key;
        const request = {
          image: frame,
          prompt: promptOf(this.#core.state.settings),
          explain: false,
          adapted: this.#core.state.adapter?.on === true,
        };
        const options = { signal: live.signal, transfer: [frame] };
        const answer = await this.#core.client.call('ground', request, options);
        if (live.signal.aborted) return;
        this.#showFrame(id, kind, answer, key);
      }
    } catch (error) {
      if (!live.signal.aborted) this.#core.report(error);
    } finally {
      if (this.#live === live) this.stopLive();
    }
  }

  /** The frame that was searched, with its boxes: never boxes of another one. */
  #showFrame(id: number, name: string, { frame, ...answer }: Calls['ground']['answer'], key: string): void {
    if (!frame) return;
    const { width, height } = frame;
    const old = this.#core.state.pictures.find((picture) => picture.id === id);
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
    const others = this.#core.state.pictures.filter((one) => one.id !== id);
    this.#core.store.set({ pictures: [...others, picture], current: id });
    this.#keep(id, answer, key);
    old?.bitmap.close();
  }

  stopLive(): void {
    if (!this.#live) return;
    this.#live.abort();
    this.#live = undefined;
    this.#core.store.set({
      live: undefined,
      pictures: this.#core.state.pictures.filter(({ blob }) => blob !== undefined),
    });
    const { pictures, current } = this.#core.state;
    if (!pictures.some(({ id }) => id === current)) this.#core.store.set({ current: pictures.at(-1)?.id });
  }

  /** Begins what waited for a model, else searches the current picture. */
  resume(): void {
    const postponed = this.#postponed;
    this.#postponed = [];
    if (postponed.length > 0) this.run(postponed);
    else this.run();
  }

  /** A run of another kind, in place of those in progress; `stop` ends it. */
  begin(): AbortSignal {
    this.stop();
    this.#running = new AbortController();
    return this.#running.signal;
  }
}
