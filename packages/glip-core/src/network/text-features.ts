import type { Tensor } from '@glip-wgpu/tensor-wgpu';

/** A prompt as the text encoder leaves it. Does not depend on the image. */
export interface TextFeatures {
  /** [B, T, dim] */
  readonly hidden: Tensor;
  /** [B, T]: 1, or 0 at a padding token; left out where there is no padding. */
  readonly mask?: Tensor | undefined;
}

export interface RunOptions {
  /** Shown intermediate values, under the names of the recorded fixtures. */
  readonly probe?: ((name: string, value: Tensor) => void) | undefined;
  /** Whether fusion is folded into the text side; whichever is less work unless given. */
  readonly fold?: boolean | undefined;
}
