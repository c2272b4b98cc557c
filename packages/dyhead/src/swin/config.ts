/** Sizes of a Swin transformer; each stage is twice as wide as the one before. */
export interface SwinConfig {
  /** Width of the first stage. */
  readonly embedDim: number;
  /** Blocks per stage. */
  readonly depths: readonly number[];
  /** Attention heads per stage. */
  readonly heads: readonly number[];
  /** Side of an attention window, tokens. */
  readonly window: number;
  /** Width of a block's MLP, in widths of the block. */
  readonly mlpRatio: number;
}

export const SWIN_EPS = 1e-5; // of every LayerNorm
export const NORMAL = { normal: 0.02 } as const; // initial weights
