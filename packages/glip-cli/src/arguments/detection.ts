import type { Values } from './command.ts';
import { choiceOf, countOf, shareOf } from './numbers.ts';

/** Options that select detections. */
export const DETECTION_OPTIONS = {
  threshold: {
    type: 'string',
    value: 'N',
    help: 'minimum score, 0 to 1 (0.4)',
    elsewhere: ['confidence', 'conf', 'score', 'min-score', 'box-threshold'],
  },
  limit: {
    type: 'string',
    value: 'N',
    help: 'maximum number of detections per picture (the best)',
    elsewhere: ['top-k', 'max-det'],
  },
  overlap: {
    type: 'string',
    value: 'label|all',
    help: 'keep only the best of overlapping boxes: per label (label) or across labels (all)',
  },
} as const;

export interface Selection {
  readonly threshold: number | undefined;
  readonly limit: number | undefined;
  readonly overlap: 'label' | 'all' | undefined;
}

/** @throws InputError for an invalid value */
export function selectionOf({ threshold, limit, overlap }: Values<typeof DETECTION_OPTIONS>): Selection {
  return {
    threshold: shareOf('threshold', threshold),
    limit: countOf('limit', limit),
    overlap: choiceOf('overlap', overlap, ['label', 'all']),
  };
}
