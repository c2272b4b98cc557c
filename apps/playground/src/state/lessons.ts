import type { LabeledBox } from '@glip-wgpu/datasets';
import { joinList } from '../prompt/parse-list.ts';
import type { Calls } from '../worker/messages.ts';
import type { Core } from './core.ts';
import type { Runs } from './runs.ts';
import type { LearnedAdapter } from './state.ts';

/** Corrections of boxes, and what the model learns from them. */
export class Lessons {
  readonly #core: Core;
  readonly #runs: Runs;

  constructor(core: Core, runs: Runs) {
    this.#core = core;
    this.#runs = runs;
  }

  /** Begins to correct the boxes of the current picture, as they are shown. */
  correct(boxes: readonly LabeledBox[]): void {
    const { current, edits } = this.#core.state;
    if (current !== undefined && !edits.has(current)) this.edit(boxes);
    this.#core.store.set({ editing: true, selected: undefined });
  }

  edit(boxes: readonly LabeledBox[] | undefined): void {
    const { current, edits } = this.#core.state;
    if (current === undefined) return;
    const next = new Map(edits);
    if (boxes) next.set(current, boxes);
    else next.delete(current);
    this.#core.store.set({ edits: next });
  }

  /** Trains on the corrected pictures, and looks at the current one with what was learned. */
  async teach(mode: 'linear' | 'prompt', steps: number): Promise<void> {
    const { pictures, edits, model } = this.#core.state;
    const taught = pictures.flatMap(({ id, blob, width, height }) => {
      const boxes = edits.get(id);
      return blob && boxes ? [{ blob, width, height, boxes }] : [];
    });
    if (model.state !== 'ready' || taught.length === 0) return;
    const signal = this.#runs.begin();
    const losses: number[] = [];
    const labels = this.#labelsOf(taught.flatMap(({ boxes }) => boxes));
    const tell = (running: boolean): void =>
      this.#core.store.set({ teaching: { steps, losses: [...losses], running } });
    tell(true);
    try {
      const request = { pictures: taught, labels, mode, steps, name: model.info.name };
      const onEvent = ({ loss }: Calls['teach']['event']): void => {
        losses.push(loss);
        tell(true);
      };
      const bytes = await this.#core.client.call('teach', request, { signal, onEvent });
      const file = new Blob([bytes as Uint8Array<ArrayBuffer>]);
      this.#useAdapter({ file, mode, labels });
    } catch (error) {
      if (!signal.aborted) this.#core.report(error);
    } finally {
      tell(false);
    }
  }

  /** Takes an adapter's file into use. */
  async openAdapter(file: File): Promise<void> {
    try {
      this.#useAdapter({ file, ...(await this.#core.client.call('adapt', { file })) });
    } catch (error) {
      this.#core.report(error, file.name);
    }
  }

  /** Searches the current picture with what was learned, or without it. */
  switchAdapter(on: boolean): void {
    const { adapter } = this.#core.state;
    if (!adapter) return;
    this.#core.store.set({ adapter: { ...adapter, on }, editing: false });
    this.#runs.run();
  }

  #useAdapter({ file, mode, labels }: Pick<LearnedAdapter, 'file' | 'mode' | 'labels'>): void {
    this.#core.store.set({
      adapter: { id: this.#core.nextId(), file, mode, labels, on: true },
      editing: false,
    });
    if (labels) this.#core.change({ mode: 'categories', list: joinList(labels), thresholds: {} }); // learned rows belong to them
    this.#runs.run();
  }

  /** Labels of the prompt, then those that the user has added. */
  #labelsOf(boxes: readonly Pick<LabeledBox, 'label'>[]): string[] {
    const planned = this.#core.outcome?.grounding.plan.targets ?? [];
    return [...new Set([...planned, ...boxes].map(({ label }) => label))];
  }
}
