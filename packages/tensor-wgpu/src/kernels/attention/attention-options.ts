import type { Tensor } from '../../tensor.ts';
import type { Dropout } from '../random/dropout.ts';

export interface AttentionOptions {
  readonly heads: number;
  /** Factor of q k^T; 1 / sqrt(head size) by default. */
  readonly scale?: number;
  /** Scores are clamped to plus and minus this, before anything is added to them. */
  readonly bound?: number;
  /** [heads, N, T], added to the scores. */
  readonly bias?: Tensor;
  /** [B, T], added to the scores of a key: 0, or very negative (but finite) for a key to be ignored. */
  readonly padding?: Tensor;
  /** [W, T], B a multiple of W: -100 is added where query and key of one window have different numbers. Needs N = T. */
  readonly regions?: Tensor;
  /** Dropout of the weights, after the softmax. For training. */
  readonly dropout?: Dropout;
}
