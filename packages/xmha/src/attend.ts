import type { Dropout, Tensor } from '@glip-wgpu/tensor-wgpu';

/** Normalized inputs of X-MHA, plain or folded. */
export interface AttendInputs {
  /** Each [B, n, visualDim]. */
  readonly parts: readonly Tensor[];
  /** [B, T, languageDim] */
  readonly l: Tensor;
  /** [B, T] */
  readonly padding?: Tensor;
  /** [visualDim], [languageDim]: factors of the updates. */
  readonly gammaV: Tensor;
  readonly gammaL: Tensor;
  /** Dropout of the attention weights of both directions, independently. */
  readonly dropout?: Dropout | undefined;
}

/** The inputs with their updates added. */
export interface Attended {
  readonly parts: readonly Tensor[];
  readonly l: Tensor;
}
