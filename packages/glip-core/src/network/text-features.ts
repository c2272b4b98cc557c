import type { Tensor } from '@glip-wgpu/tensor-wgpu';

/** Output of the text encoder for a prompt; independent of the image. */
export interface TextFeatures {
  /** [B, T, dim] */
  readonly hidden: Tensor;
  /** [B, T]: 1, or 0 at a padding token; omitted if there is no padding. */
  readonly mask?: Tensor | undefined;
}
