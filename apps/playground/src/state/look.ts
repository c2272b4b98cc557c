import type { Attention, PassExplanation, PromptPlan } from '@glip-wgpu/glip-core';
import type { Calls } from '../worker/messages.ts';

/** The inside of the model in one search. */
export interface Inside {
  readonly picture: number;
  /** Model and prompt that it is of. */
  readonly key: string;
  readonly plan: PromptPlan;
  readonly passes: readonly PassExplanation[];
  readonly times: Calls['explain']['answer']['times'];
}

/** Selection of the attention or the sampling points that are drawn over the picture. */
export interface Look {
  readonly kind: 'none' | 'attention' | 'sampling';
  readonly direction: keyof Attention;
  /** Of the head, from 0. */
  readonly stage: number;
  /** Pass of the prompt, and tokens in it. */
  readonly chunk: number;
  readonly tokens: readonly number[];
  /** Level of the pyramid, from the finest; -1 for all, of attention only. */
  readonly level: number;
  /** Place of the location whose sampling points are drawn, as parts of the picture's width and height. */
  readonly place: readonly [x: number, y: number];
}

export const NO_LOOK: Look = {
  kind: 'none',
  direction: 'textToImage',
  stage: 0,
  chunk: 0,
  tokens: [],
  level: -1,
  place: [0.5, 0.5],
};
