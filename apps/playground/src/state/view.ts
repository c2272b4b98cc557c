import { WordPiece } from '@glip-wgpu/bert';
import { colorsOf, type LabeledBox, type LabeledImage } from '@glip-wgpu/datasets';
import type { Detections, Grounding, PromptPlan } from '@glip-wgpu/glip-core';
import { promptOf, type Reader, type Reading, readingOf } from '../prompt/prompt-of.ts';
import type { LoadedInfo } from '../worker/messages.ts';
import { once } from './once.ts';
import type { Settings } from './settings.ts';
import type { Outcome, Picture, State } from './state.ts';

/** Values derived from a state for display, computed without the model. */
export interface View {
  readonly picture: Picture | undefined;
  readonly outcome: Outcome | undefined;
  /** True if model or prompt changed since. */
  readonly stale: boolean;
  /** Undefined before a run. */
  readonly found: Detections | undefined;
  /** Those found, or as the user corrected them. */
  readonly boxes: readonly LabeledBox[];
  readonly corrected: boolean;
  /** All labels that are searched for or corrected, in order: their places give the colors. */
  readonly labels: readonly string[];
  readonly colorOf: (label: string) => string;
  readonly reading: Reading;
  /** Scores of all boxes whatever the threshold, by label. */
  readonly scores: ReadonlyMap<string, readonly number[]>;
}

const readerOf = once(
  ({ pieces, config, words }: LoadedInfo): Reader => ({
    tokenizer: WordPiece.fromPieces(pieces),
    config,
    words: words && new Set(words),
  }),
);
const read = once(
  (
    reader: Reader | undefined,
    mode: Settings['mode'],
    list: string,
    caption: string,
    spans: Settings['spans'],
  ) => reader && readingOf({ mode, list, caption, spans }, reader),
);
const select = (
  grounding: Grounding,
  threshold: number,
  thresholds: Settings['thresholds'],
  overlap: Settings['overlap'],
  limit: number,
): Detections =>
  grounding.detections({
    threshold: grounding.plan.targets.map(({ label }) => own(thresholds, label) ?? threshold),
    overlap,
    ...(limit > 0 && { limit }),
  });
const detectionsOf = once(select);
const scoresOf = once((grounding: Grounding, overlap: Settings['overlap']) => {
  const scores = new Map<string, number[]>();
  for (const { label, score } of grounding.detections({ threshold: 0, overlap })) {
    const list = scores.get(label);
    if (list) list.push(score);
    else scores.set(label, [score]);
  }
  return scores;
});
const labelsOf = once((plan: PromptPlan | undefined, boxes: readonly LabeledBox[] | undefined) => [
  ...new Set([...(plan?.targets ?? []), ...(boxes ?? [])].map(({ label }) => label)),
]);
const colors = once((labels: readonly string[]) => colorsOf(labels));

/** A label's own value; labels are any text, such as `constructor`. */
export function own<T>(values: Readonly<Record<string, T>>, label: string): T | undefined {
  return Object.hasOwn(values, label) ? values[label] : undefined;
}

/** Identity of model, adapter and prompt: an outcome of another one is stale. */
export function keyOf({ settings, model, adapter }: State): string {
  const name = model.state === 'ready' ? model.info.name : '';
  return JSON.stringify([name, adapter?.on ? adapter.id : 0, promptOf(settings)]);
}

const NO_BOXES: readonly LabeledBox[] = [];
const NONE = new Map<string, readonly number[]>();

export function viewOf(state: State): View {
  const { settings, model, pictures, current, outcomes, edits } = state;
  const picture = pictures.find(({ id }) => id === current);
  const outcome = picture && outcomes.get(picture.id);
  const reader = model.state === 'ready' ? readerOf(model.info) : undefined;
  const reading = read(reader, settings.mode, settings.list, settings.caption, settings.spans);
  const { threshold, thresholds, overlap, limit } = settings;
  const found = outcome && detectionsOf(outcome.grounding, threshold, thresholds, overlap, limit);
  const corrections = picture && edits.get(picture.id);
  // With what was learned, the model's own boxes show whether it has.
  const shownCorrections = state.adapter && !state.editing ? undefined : corrections;
  const plan = outcome?.grounding.plan ?? (reading && 'plan' in reading ? reading.plan : undefined);
  const labels = labelsOf(plan, corrections);
  return {
    picture,
    outcome,
    stale: outcome !== undefined && model.state === 'ready' && outcome.key !== keyOf(state),
    found,
    boxes: shownCorrections ?? found ?? NO_BOXES,
    corrected: shownCorrections !== undefined,
    labels,
    colorOf: colors(labels),
    reading,
    scores: outcome ? scoresOf(outcome.grounding, overlap) : NONE,
  };
}

/** All pictures that were searched or corrected, with the boxes that their settings give. */
export function labeledPictures(
  state: State,
): { readonly image: LabeledImage; readonly labels: readonly string[] }[] {
  const { threshold, thresholds, overlap, limit } = state.settings;
  return state.pictures.flatMap(({ id, name, width, height }) => {
    const grounding = state.outcomes.get(id)?.grounding;
    const detections =
      state.edits.get(id) ?? (grounding && select(grounding, threshold, thresholds, overlap, limit));
    if (!detections) return [];
    const labels = [...(grounding?.plan.targets ?? []), ...detections].map(({ label }) => label);
    return [{ image: { file: name, width, height, detections }, labels: [...new Set(labels)] }];
  });
}

/** The label under the pointer, by itself or by one of its boxes. */
export function focusedLabel({ focus }: State, { boxes }: View): string | undefined {
  return focus && ('label' in focus ? focus.label : boxes[focus.box]?.label);
}
