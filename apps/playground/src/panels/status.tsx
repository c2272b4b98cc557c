import type { State } from '../state/state.ts';
import type { View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';
import type { Progress } from '../worker/messages.ts';
import { megabytes } from './sizes.ts';

/** Progress of the current work, over the picture. */
export function Status({ state, view }: { readonly state: State; readonly view: View }) {
  const { model, run, lost, live } = state;
  const { words, progress, hint } = wordsOf(state, view);
  const busy = lost || model.state === 'loading' || run !== undefined || live !== undefined;
  const share = progress?.total ? progress.done / progress.total : undefined;
  return (
    <div class={`status${busy ? ' busy' : ''}`} hidden={words === ''}>
      {busy && <span class="spinner" aria-hidden="true" />}
      <span id="status" role="status">
        {words}
      </span>
      {hint && <span class="status-hint">{hint}</span>}
      {share !== undefined && <progress max="1" value={share} aria-label={words} />}
    </div>
  );
}

interface Words {
  readonly words: string;
  readonly hint?: string | undefined;
  readonly progress?: Progress | undefined;
}

function wordsOf({ model, run, lost, live, gpu }: State, { outcome, boxes, corrected }: View): Words {
  const { stage } = STRINGS;
  if (gpu !== 'present') return { words: '' };
  if (lost) return { words: stage.lost };
  if (model.state === 'loading') {
    const { name, progress } = model;
    if (progress?.stage === 'download') {
      const total = progress.total === undefined ? '' : ` of ${megabytes(progress.total)}`;
      const rate = progress.rate ? `${megabytes(progress.rate)}/s` : undefined;
      return { words: stage.downloading(name, `${megabytes(progress.done)}${total}`), hint: rate, progress };
    }
    if (progress?.stage === 'upload') return { words: stage.uploading(name), progress };
    return { words: stage.loading(name) };
  }
  if (run) {
    const { progress, waiting } = run;
    const hint = waiting > 0 ? stage.more(waiting) : undefined;
    if (progress && progress.total !== undefined && progress.done < progress.total)
      return {
        words: stage.compiling(progress.done, progress.total),
        hint: hint ?? stage.compilingHint,
        progress,
      };
    return { words: `${stage.searching}…`, hint };
  }
  if (!outcome) return { words: live ? `${STRINGS.live(live)}…` : '' };
  const { decode, model: ms, compile } = outcome.times;
  const count = STRINGS.results.count(boxes.length);
  const start = live ? `${STRINGS.live(live)} · ${count}` : count;
  const software = model.state === 'ready' && model.info.software ? stage.software : undefined;
  const compiled = compile > 0 ? stage.compiled(stage.time(compile)) : undefined;
  return {
    words: corrected ? count : `${start} · ${stage.time(decode + ms - compile)}`,
    hint: compiled ?? software,
  };
}
