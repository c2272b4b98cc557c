import { add, matmul, rearrange, reshape, softmax, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { type BiAttentionConfig, LIMIT } from './config.ts';
import type { Projections } from './projections.ts';

/** X-MHA as the original computes it: both sides are projected, both softmaxes read one score matrix. */
export function attendPlain(
  project: Projections,
  { dim, heads }: BiAttentionConfig,
  v: Tensor,
  l: Tensor,
  padding?: Tensor,
): { v: Tensor; l: Tensor } {
  const split = (x: Tensor): Tensor => rearrange(x, 'B N (heads D) -> B heads N D', { heads });
  const merge = (x: Tensor): Tensor => rearrange(x, 'B heads N D -> B N (heads D)');

  const scores = matmul(split(project.query(v)), split(project.key(l)), {
    transposeB: true,
    alpha: (dim / heads) ** -0.5,
    activation: 'clamp',
    bounds: [-LIMIT, LIMIT],
  }); // [B, heads, N, T]
  const masked = padding ? add(scores, reshape(padding, [padding.dim(0), 1, 1, padding.dim(1)])) : scores;
  const toV = matmul(softmax(masked), split(project.valueL(l))); // [B, heads, N, D]
  const byToken = softmax(rearrange(scores, 'B heads N T -> B heads T N'));
  const toL = matmul(byToken, split(project.valueV(v))); // [B, heads, T, D]
  return { v: project.outV(merge(toV)), l: project.outL(merge(toL)) };
}
