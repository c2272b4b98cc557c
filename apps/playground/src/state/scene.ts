import { type Grounding, type HeatMap, heatMap, phraseMap, type ScoreMaps } from '@glip-wgpu/glip-core';
import { type HeatImage, heatImage, type Scene } from '../stage/paint.ts';
import { type SamplingDrawing, samplingDrawing } from '../stage/sampling.ts';
import { insideOf } from './inspection.ts';
import type { Inside, Look } from './look.ts';
import { once } from './once.ts';
import type { Focus, Picture, State } from './state.ts';
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

/** Attention of the chosen tokens, relative to the highest. */
const attentionOf = once((inside: Inside, look: Look): HeatImage | undefined => {
  const maps = inside.passes[look.chunk]?.stages[look.stage]?.attention?.[look.direction];
  return maps && look.tokens.length > 0 ? heatImage(mapOf(maps, look.tokens, look.level)) : undefined;
});

const pointsOf = once((inside: Inside, look: Look, picture: Picture): SamplingDrawing | undefined => {
  const sampling = inside.passes[look.chunk]?.stages[look.stage]?.sampling;
  return sampling && samplingDrawing(sampling, look.level, look.place, picture);
});

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
    sampling: Scene['sampling'],
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
      sampling,
      faded,
      selected,
    };
  },
);

/** The part of a state that the stage draws; the same object as long as that part is unchanged. */
export function sceneOf(state: State, view: View): Scene | undefined {
  const { settings, focus, editing, selected, look } = state;
  const { picture, outcome, boxes, labels, colorOf, stale } = view;
  if (!picture) return undefined;
  const { heat, level, tags } = settings;
  const inside = insideOf(state);
  const seen = outcome && heat !== '' ? heatOf(outcome.grounding, heat, level) : undefined;
  const attended = inside && look.kind === 'attention' ? attentionOf(inside, look) : undefined;
  const sampling = inside && look.kind === 'sampling' ? pointsOf(inside, look, picture) : undefined;
  return assembled(
    picture,
    boxes,
    labels,
    colorOf,
    focusedOf(focus, boxes),
    tags,
    attended ?? seen,
    sampling,
    stale || sampling !== undefined,
    editing ? selected : undefined,
  );
}
