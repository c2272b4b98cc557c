import {
  add,
  affine,
  hardSigmoid,
  maximum,
  mean,
  mul,
  relu,
  slice,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import { linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';

const REDUCTION = 4;

/**
 * A ReLU whose two slopes and offsets per channel depend on the image: max(a1 x + b1, a2 x + b2).
 * DY-ReLU-B, https://arxiv.org/abs/2003.10027, spec 2.4.3.
 *
 * x [B, H, W, channels] -> [B, H, W, channels]
 */
export function dyRelu(p: ParameterTree, channels: number) {
  const squeeze = linear(p.at('fc.0'), channels, channels / REDUCTION);
  const excite = linear(p.at('fc.2'), channels / REDUCTION, 4 * channels);

  return p.layer((x: Tensor): Tensor => {
    const pooled = mean(x, [1, 2]); // [B, 1, 1, channels]
    const theta = hardSigmoid(excite(relu(squeeze(pooled)))); // [B, 1, 1, 4 channels]
    const part = (i: number): Tensor => slice(theta, 3, i * channels, channels);
    const slope1 = affine(part(0), 2, 0);
    const offset1 = affine(part(1), 1, -0.5);
    const slope2 = affine(part(2), 2, -1);
    const offset2 = affine(part(3), 1, -0.5);
    return maximum(add(mul(x, slope1), offset1), add(mul(x, slope2), offset2));
  });
}
