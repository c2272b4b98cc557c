import { add, concat, matmul, reshape, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';

const INITIAL_BIAS = -Math.log(99); // a probability of 0.01

/**
 * Alignment of image features with text features by a scaled dot product, without boxes and fusion: z = x · (W l) / √C + b. A
 * loss on it supervises features below the detection head; the head is dropped at inference.
 *
 * (levels, each [B, H, W, channels], text [B, T, dim]) -> logits [B, N, T]
 */
export function regionWordHead(p: ParameterTree, channels: number, dim: number) {
  const project = linear(p.at('projection'), dim, channels, { bias: false });
  const bias = p.get('bias', [1], { init: { constant: INITIAL_BIAS } });

  return p.layer((levels: readonly Tensor[], text: Tensor): Tensor => {
    const flat = levels.map((x) => reshape(x, [x.dim(0), x.dim(1) * x.dim(2), channels]));
    const keys = project(text, { alpha: channels ** -0.5 }); // [B, T, channels]
    const logits = matmul(concat(flat, 1), keys, { transposeB: true });
    return add(logits, reshape(bias, [1, 1, 1]));
  });
}
