import {
  add,
  matmul,
  rearrange,
  reshape,
  softmax,
  softmaxColumns,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import { type BiAttentionConfig, LIMIT } from './config.ts';
import type { Projections } from './projections.ts';

/**
 * X-MHA with the projections of the many image positions moved to the few tokens, which is the same sum in another
 * order (spec B): scores = v (Wq_h^T k_h) + bq_h k_h; image update = sum_h P_h (V_h Wo_h^T); text update =
 * (P_h^T v) Wv_h^T + bv_h, because the rows of P_h^T sum to 1.
 *
 * All heads' tokens stand side by side, [B, N, heads * T], so each direction is one matrix product.
 */
export function attendFolded(
  project: Projections,
  { dim, heads, visualDim }: BiAttentionConfig,
  v: Tensor,
  l: Tensor,
  padding?: Tensor,
): { v: Tensor; l: Tensor } {
  const [batch, positions] = v.shape;
  const tokens = l.dim(1);
  const size = dim / heads;
  const columns = heads * tokens;
  const split = (x: Tensor): Tensor => rearrange(x, 'B T (heads D) -> B heads T D', { heads });
  const perHead = (x: Tensor): Tensor => reshape(x, [heads, size, x.size / dim]);

  const key = split(project.key(l)); // [B, heads, T, D]
  const alpha = size ** -0.5;
  const folded = matmul(key, perHead(project.queryWeight), { alpha }); // [B, heads, T, visualDim]
  const shift = matmul(key, perHead(project.queryBias), { alpha }); // [B, heads, T, 1]
  const scores = matmul(v, reshape(folded, [batch, columns, visualDim]), {
    transposeB: true,
    bias: reshape(shift, [batch, columns]),
    activation: 'clamp',
    bounds: [-LIMIT, LIMIT],
  }); // [B, N, heads * T]

  const byHead = reshape(scores, [batch, positions, heads, tokens]);
  const masked = padding ? add(byHead, reshape(padding, [batch, 1, 1, tokens])) : byHead;
  const toV = reshape(softmax(masked), [batch, positions, columns]);
  const outWeight = rearrange(project.outVWeight, 'V (heads D) -> heads V D', { heads });
  const values = matmul(split(project.valueL(l)), outWeight, { transposeB: true }); // [B, heads, T, visualDim]
  const updateV = matmul(toV, reshape(values, [batch, columns, visualDim]), { bias: project.outVBias });

  const gathered = matmul(softmaxColumns(scores), v, { transposeA: true }); // [B, heads * T, visualDim]
  const seen = matmul(reshape(gathered, [batch, heads, tokens, visualDim]), perHead(project.valueVWeight), {
    transposeB: true,
    bias: reshape(project.valueVBias, [heads, size]),
  }); // [B, heads, T, D]
  const updateL = project.outL(rearrange(seen, 'B heads T D -> B T (heads D)'));
  return { v: updateV, l: updateL };
}
