import { channelMoments, dynamicRelu, reshape, slice, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';

const REDUCTION = 4;

/**
 * A ReLU whose two slopes and offsets per channel depend on the image: max(a1 x + b1, a2 x + b2).
 * DY-ReLU-B, https://arxiv.org/abs/2003.10027, spec 2.4.3.
 *
 * (x [B, H, W, channels], pooled? [B, channels]: mean of x over all pixels, if known) -> [B, H, W, channels]
 */
export function dyRelu(p: ParameterTree, channels: number) {
  const hidden = Math.floor(channels / REDUCTION);
  const squeeze = linear(p.at('fc.0'), channels, hidden);
  const excite = linear(p.at('fc.2'), hidden, 4 * channels);

  return p.layer((x: Tensor, pooled?: Tensor): Tensor => {
    const means = pooled ?? reshape(slice(channelMoments(x), 1, 0, 1), [x.dim(0), channels]);
    return dynamicRelu(x, excite(squeeze(means, { activation: 'relu' })));
  });
}
