import type { Grounding } from '../detect/grounding.ts';
import type { ScoreMaps } from '../detect/score-maps.ts';
import type { Sampling } from './sampling-points.ts';

/** The inside of a detection; apart from the grounding, plain data that `postMessage` can copy. */
export interface Explanation {
  /** The same as `Glip.ground` gives with `explain: true`. */
  readonly grounding: Grounding;
  readonly times: StageTimes;
  /** Of each pass of the prompt. */
  readonly passes: readonly PassExplanation[];
}

/** Milliseconds of each stage, over all passes. */
export interface StageTimes {
  /** Decoding, resizing and normalizing, on the CPU. */
  readonly preprocessing: number;
  /** Swin Transformer and feature pyramid. */
  readonly imageEncoder: number;
  /** BERT. In detections, it runs once for a prompt. */
  readonly textEncoder: number;
  /** Attention between image and text, and the BERT layers of the head. */
  readonly fusion: number;
  /** Convolutions of the dynamic head, and predictions. */
  readonly head: number;
  /** Transfer of the outputs, choice and suppression of boxes, on the CPU. */
  readonly postprocessing: number;
}

export interface PassExplanation {
  /** Of the head, in order. */
  readonly stages: readonly StageExplanation[];
}

/** One stage of the head. */
export interface StageExplanation {
  /** Undefined for a model without fusion. */
  readonly attention: Attention | undefined;
  readonly sampling: Sampling;
}

/** Attention between image and text, the mean over heads: `phraseMap` and `heatMap` take both. */
export interface Attention {
  /** Weights with which each token reads the locations: over all levels, with the padding of the image, they sum to 1. */
  readonly textToImage: ScoreMaps;
  /** Weights with which each location reads the tokens: they sum to 1 over the tokens. */
  readonly imageToText: ScoreMaps;
}
