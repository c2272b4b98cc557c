import {
  add,
  affine,
  div,
  logSoftmax,
  maximum,
  mul,
  reshape,
  sum,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import type { LossTargets } from './loss-targets.ts';

const MASKED = -1e4; // of a padding token: its share of a softmax is 0 in f32

/**
 * Cross entropy of a softmax over the prompt's tokens, at anchors with a box: the mean of -log softmax over the tokens that
 * name the box, summed over anchors with the weights of the centerness loss. A phrase competes with the others of its
 * prompt, which the token loss does not ask for.
 *
 * @param logits  [B, N, T]
 * @param mask    [B, T]: 1, or 0 at a padding token
 * @returns       [1]
 */
export function phraseCrossEntropy(logits: Tensor, targets: LossTargets, mask: Tensor): Tensor {
  const [batch, , tokens] = logits.shape;
  const padding = reshape(affine(mask, -MASKED, MASKED), [batch, 1, tokens]);
  const logShares = logSoftmax(add(logits, padding));
  const named = maximum(sum(targets.tokens, -1), 1); // [B, N, 1]
  const weights = mul(targets.tokens, div(targets.centernessWeights, named));
  return affine(sum(mul(logShares, weights)), -1, 0);
}
