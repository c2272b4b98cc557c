export interface BiAttentionConfig {
  /** Width of image features. */
  readonly visualDim: number;
  /** Width of text features. */
  readonly languageDim: number;
  readonly heads: number;
  /** Width of all heads together. */
  readonly dim: number;
  /** What gamma_v and gamma_l start at: 1 / number of fused stages. */
  readonly gamma?: number;
}

export const LIMIT = 50000; // scores are held within plus and minus this
export const MASKED = -9e15; // added to the scores of padding tokens
export const EPS = 1e-5; // of both LayerNorms
