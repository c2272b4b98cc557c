import type { Tensor } from '../../tensor.ts';

export interface AttentionOptions {
  readonly heads: number;
  /** Factor of q k^T; 1 / sqrt(head size) unless given. */
  readonly scale?: number;
  /** Scores are held within plus and minus this, before anything is added to them. */
  readonly limit?: number;
  /** [heads, N, T], added to the scores. */
  readonly bias?: Tensor;
  /** [B, T], added to the scores of a key: 0, or very negative (but finite) where it must not count. */
  readonly padding?: Tensor;
  /** [W, T], B a multiple of W: -100 is added where query and key of one window have different numbers. Needs N = T. */
  readonly regions?: Tensor;
}
