import { promptOf } from '../prompt/prompt-of.ts';
import type { Progress } from '../worker/messages.ts';
import type { Core } from './core.ts';
import { type Inside, type Look, NO_LOOK } from './look.ts';
import type { Runs } from './runs.ts';
import type { State } from './state.ts';

/** Looks inside the model: one more run in parts, only when asked for. */
export class Inspection {
  readonly #core: Core;
  readonly #runs: Runs;

  constructor(core: Core, runs: Runs) {
    this.#core = core;
    this.#runs = runs;
  }

  /** Runs the model part by part on the current picture, and shows what the first phrase attends to. */
  async inspect(): Promise<void> {
    const { current, pictures, settings, adapter, model } = this.#core.state;
    const picture = pictures.find(({ id }) => id === current);
    if (!picture?.blob || model.state !== 'ready') return;
    const signal = this.#runs.begin();
    const tell = (progress: Progress | undefined): void =>
      this.#core.store.set({ run: { picture: picture.id, progress, waiting: 0 } });
    tell(undefined);
    try {
      const { key } = this.#core;
      const request = { image: picture.blob, prompt: promptOf(settings), adapted: adapter?.on === true };
      const onEvent = (progress: Progress): void => {
        if (!signal.aborted) tell(progress);
      };
      const answer = await this.#core.client.call('explain', request, { signal, onEvent });
      if (signal.aborted) return;
      this.#core.store.set({ inside: { picture: picture.id, key, ...answer } });
      this.#lookAtFirst(answer);
    } catch (error) {
      if (!signal.aborted) this.#core.report(error, picture.name);
    } finally {
      if (!signal.aborted) this.#core.store.set({ run: undefined });
    }
  }

  look(change: Partial<Look>): void {
    if (change.kind && change.kind !== 'none') this.#core.change({ heat: '' }); // one map at a time
    this.#core.store.set({ look: { ...this.#core.state.look, ...change } });
  }

  #lookAtFirst({ plan, passes }: Pick<Inside, 'plan' | 'passes'>): void {
    const { stages } = passes[0];
    const start = { ...NO_LOOK, stage: stages.length - 1 };
    const [phrase] = plan.chunks[0].phrases;
    if (stages[0].attention && phrase) this.look({ ...start, kind: 'attention', tokens: phrase.tokens });
    else this.look({ ...start, kind: 'sampling', level: 0 });
  }
}

/** The inside of the current picture's outcome, if it was looked at. */
export function insideOf({ inside, current, outcomes }: State): Inside | undefined {
  const outcome = current === undefined ? undefined : outcomes.get(current);
  return inside && inside.picture === current && inside.key === outcome?.key ? inside : undefined;
}
