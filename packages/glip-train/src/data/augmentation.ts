import { DataError } from './data-error.ts';
import { expectKeys, expectShare } from './prompt-options.ts';
import type { Random } from './random.ts';

/** Random changes of training images; boxes follow. */
export interface AugmentOptions {
  /** Probability of mirroring left and right; 0.5. */
  readonly flip?: number;
  /** Probability of mirroring top and bottom; 0. */
  readonly verticalFlip?: number;
  /** Range of an additional scale, for example [0.8, 1.25]; the canvas stays: a part is cut out, or the rest is gray. */
  readonly zoom?: readonly [min: number, max: number];
  /** Largest shift, as a share of the image's sides. */
  readonly shift?: number;
  /** Largest rotation in either direction, degrees, at most 45. */
  readonly rotate?: number;
  /** Boxes of which less than this share stays in the image are dropped; 0.3. */
  readonly minVisible?: number;
  /** Largest relative change of brightness, contrast and saturation, for example 0.2; none. */
  readonly brightness?: number;
  readonly contrast?: number;
  readonly saturation?: number;
}

export type AugmentRules = Required<AugmentOptions>;

const DEFAULTS: AugmentRules = {
  flip: 0.5,
  verticalFlip: 0,
  zoom: [1, 1],
  shift: 0,
  rotate: 0,
  minVisible: 0.3,
  brightness: 0,
  contrast: 0,
  saturation: 0,
};

/** Options with their defaults. @throws DataError */
export function augmentRules(options: AugmentOptions): AugmentRules {
  expectKeys('augment', options, Object.keys(DEFAULTS));
  const rules = { ...DEFAULTS, ...options };
  for (const key of [
    'flip',
    'verticalFlip',
    'shift',
    'minVisible',
    'brightness',
    'contrast',
    'saturation',
  ] as const) {
    expectShare(`augment.${key}`, rules[key]);
  }
  const [min, max] = Array.isArray(rules.zoom) ? rules.zoom : [Number.NaN, Number.NaN];
  if (!(min >= 0.1 && min <= max && max <= 10)) {
    throw new DataError(
      'augment.zoom',
      `is ${JSON.stringify(rules.zoom)}, expected [min, max] within 0.1 and 10`,
    );
  }
  if (!(rules.rotate >= 0 && rules.rotate <= 45)) {
    throw new DataError('augment.rotate', `is ${rules.rotate}, expected 0 to 45 degrees`);
  }
  return rules;
}

/** Changes of one image. */
export interface Placement {
  readonly zoom: number;
  /** Radians, clockwise as the image is seen. */
  readonly angle: number;
  /** 0 to 1: the position within the room that a zoom leaves. */
  readonly position: readonly [x: number, y: number];
  /** Shares of the canvas. */
  readonly shift: readonly [x: number, y: number];
  readonly flip: boolean;
  readonly verticalFlip: boolean;
}

const SIDES = /\b(left|right)(most|ward|wards|hand|handed)?\b/i;
const HEIGHTS = /\b(above|below|beneath|under|underneath|over|top|bottom|upper|lower|up|down)\b/i;

/**
 * Draws the changes of an image. Its prompt's words for sides and heights stay true: "the dog on the left" is not mirrored.
 *
 * @param anyWords  mirror whatever the prompt says, as the original does
 */
export function drawPlacement(
  rules: AugmentRules,
  prompt: string,
  { flips, places }: { readonly flips: Random; readonly places: Random },
  anyWords: boolean,
): Placement {
  const [across, down] = [flips.chance(rules.flip), flips.chance(rules.verticalFlip)];
  const zoom = places.between(rules.zoom);
  const angle = (places.between([-rules.rotate, rules.rotate]) * Math.PI) / 180;
  const position = [places.uniform(), places.uniform()] as const;
  const shift = [
    places.between([-rules.shift, rules.shift]),
    places.between([-rules.shift, rules.shift]),
  ] as const;
  return {
    zoom,
    angle,
    position,
    shift,
    flip: across && (anyWords || !SIDES.test(prompt)),
    verticalFlip: down && (anyWords || !HEIGHTS.test(prompt)),
  };
}

/** True if images only ever fill their canvas, mirrored or not. */
export function keepsSize({ zoom, shift, rotate }: AugmentRules): boolean {
  return zoom[0] === 1 && zoom[1] === 1 && shift === 0 && rotate === 0;
}
