import type { Tensor } from '../../tensor.ts';

/** A feature map with a scale and a shift of each channel: see groupNormAffine. */
export interface AffineMap {
  /** [B, H, W, C] */
  readonly x: Tensor;
  /** [B, 3, C]: a scale and a shift of each channel, and the mean of x * scale + shift over all pixels. */
  readonly affine: Tensor;
}

/** The weight of a map as a function of its mean over all pixels: hardSigmoid(relu(mean . weight + bias)). */
export interface FusionAttention {
  /** [C] */
  readonly weight: Tensor;
  /** [1] */
  readonly bias: Tensor;
}
