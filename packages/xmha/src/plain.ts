import {
  add,
  concat,
  dropout as drop,
  matmul,
  rearrange,
  reshape,
  softmax,
  softmaxColumns,
  split,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import type { Attended, AttendInputs } from './attend.ts';
import { type BiAttentionConfig, CLAMP_BOUND } from './config.ts';
import type { Projections } from './projections.ts';

/** X-MHA as the original computes it: both sides are projected, both softmaxes read one score matrix. */
export function attendPlain(
  project: Projections,
  { dim, heads }: BiAttentionConfig,
  { parts, l, padding, gammaV, gammaL, dropout }: AttendInputs,
): Attended {
  const byHead = (x: Tensor): Tensor => rearrange(x, 'B N (heads D) -> B heads N D', { heads });
  const merge = (x: Tensor): Tensor => rearrange(x, 'B heads N D -> B N (heads D)');
  const dropped = (weights: Tensor, side: 'image' | 'text'): Tensor =>
    dropout ? drop(weights, dropout.rate, dropout.key, `${dropout.place}.${side}`) : weights;
  const v = parts.length === 1 ? parts[0] : concat(parts, 1); // [B, N, visualDim]

  const scores = matmul(byHead(project.query(v)), byHead(project.key(l)), {
    transposeB: true,
    alpha: (dim / heads) ** -0.5,
    activation: 'clamp',
    bounds: [-CLAMP_BOUND, CLAMP_BOUND],
  }); // [B, heads, N, T]
  const masked = padding ? add(scores, reshape(padding, [padding.dim(0), 1, 1, padding.dim(1)])) : scores;
  const toV = matmul(dropped(softmax(masked), 'image'), byHead(project.valueL(l))); // [B, heads, N, D]
  const [batch, , positions, tokens] = scores.shape;
  const { weights } = softmaxColumns(reshape(scores, [batch * heads, positions, tokens]));
  const byToken = dropped(reshape(weights, scores.shape), 'text'); // [B, heads, N, T]
  const toL = matmul(byToken, byHead(project.valueV(v)), { transposeA: true }); // [B, heads, T, D]
  const fused = project.outV(merge(toV), { gamma: gammaV, residual: v });
  return {
    parts: split(
      fused,
      1,
      parts.map((part) => part.dim(1)),
    ),
    l: project.outL(merge(toL), { gamma: gammaL, residual: l }),
  };
}
