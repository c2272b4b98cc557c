import { type Grounding, type HeatMap, heatMap, phraseMap, type ScoreMaps } from '@glip-wgpu/glip-core';
import { type HeatImage, heatImage, type Scene } from '../stage/paint.ts';
import { once } from './once.ts';
import type { Focus, State } from './state.ts';
import type { View } from './view.ts';

const heatOf = once((grounding: Grounding, label: string, level: number): HeatImage | undefined => {
  const { plan, scoreMaps } = grounding;
  if (!scoreMaps) return undefined;
  const maps = plan.chunks.flatMap(({ phrases }, chunk) =>
    phrases
      .filter(({ target }) => plan.targets[target].label === label)
      .map(({ tokens }) => mapOf(scoreMaps[chunk], tokens, level)),
  );
  return maps.length > 0 ? heatImage(maps.reduce(highest)) : undefined;
});

function mapOf(maps: ScoreMaps, tokens: readonly number[], level: number): HeatMap {
  const own = maps.levels[level];
  if (!own) return heatMap(maps, tokens);
  const { scores: _, ...grid } = own;
  return { ...grid, values: phraseMap(own, tokens) };
}

/** Several names of one label, or passes: the best at each place. */
function highest(a: HeatMap, b: HeatMap): HeatMap {
  return { ...a, values: a.values.map((value, at) => Math.max(value, b.values[at])) };
}

const focusedOf = once((focus: Focus, boxes: View['boxes']): ReadonlySet<number> | undefined => {
  if (!focus) return undefined;
  if ('box' in focus) return focus.box < boxes.length ? new Set([focus.box]) : undefined;
  const own = boxes.flatMap(({ label }, i) => (label === focus.label ? [i] : []));
  return own.length > 0 ? new Set(own) : undefined;
});

const assembled = once(
  (
    picture: NonNullable<View['picture']>,
    boxes: View['boxes'],
    labels: View['labels'],
    colorOf: View['colorOf'],
    focused: Scene['focused'],
    tags: boolean,
    heat: Scene['heat'],
    faded: boolean,
    selected: number | undefined,
  ): Scene => {
    const { bitmap, width, height } = picture;
    return {
      bitmap,
      picture: { width, height },
      boxes,
      labels,
      colorOf,
      focused,
      tags,
      heat,
      faded,
      selected,
    };
  },
);

/** The part of a state that the stage draws; the same object as long as that part is unchanged. */
export function sceneOf({ settings, focus, editing, selected }: State, view: View): Scene | undefined {
  const { picture, outcome, boxes, labels, colorOf, stale } = view;
  if (!picture) return undefined;
  const { heat, level, tags } = settings;
  const seen = outcome && heat !== '' ? heatOf(outcome.grounding, heat, level) : undefined;
  return assembled(
    picture,
    boxes,
    labels,
    colorOf,
    focusedOf(focus, boxes),
    tags,
    seen,
    stale,
    editing ? selected : undefined,
  );
}
