export interface BiAttentionConfig {
  /** Width of image features. */
  readonly visualDim: number;
  /** Width of text features. */
  readonly languageDim: number;
  readonly heads: number;
  /** Width of all heads together. */
  readonly dim: number;
  /** Initial value of gamma_v and gamma_l: 1 / number of fused stages. */
  readonly gamma?: number;
}

/** Scores, and the logits and BERT layers of GLIP's head, are clamped to plus and minus this (the original's MAX_CLAMP_VALUE). */
export const CLAMP_BOUND = 50000;

/** Added to the scores of padding tokens. */
export const MASKED = -9e15;

export const EPS = 1e-5; // of both LayerNorms
