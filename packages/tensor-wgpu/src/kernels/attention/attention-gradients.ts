import { differentiate } from '../../gradient.ts';
import type { Tensor } from '../../tensor.ts';
import { add, affine, applyBinary, clamp, mul } from '../elementwise/elementwise.ts';
import { matmul } from '../matmul/matmul.ts';
import { rearrange } from '../rearrange/rearrange.ts';
import { reshape } from '../reshape.ts';
import { softmax } from '../softmax/softmax.ts';
import type { AttentionOptions } from './attention-options.ts';

const APART = -100; // added where query and key lie in different regions, as in attention.wgsl

/**
 * The gradients of `attention`. Scores are computed again, an operation at a time, and are stored only until this
 * returns: kept from the forward pass, those of all layers would be in memory at once.
 *
 * @param parts   q, k and v
 * @param added   the bias and the padding, where there are any
 * @param wanted  which of those is asked for
 * @returns       of q, k, v, and each of `added`
 */
export function attentionGradients(
  [q, k, v]: readonly Tensor[],
  options: AttentionOptions,
  added: readonly Tensor[],
  wanted: readonly boolean[],
  dy: Tensor,
): (Tensor | null)[] {
  const { heads } = options;
  const split = (x: Tensor): Tensor => rearrange(x, 'B N (heads D) -> B heads N D', { heads });
  const merge = (x: Tensor): Tensor => rearrange(x, 'B heads N D -> B N (heads D)');
  const [query, key, dContext] = [q, k, dy].map(split);
  const { value: weights, grads } = differentiate(
    () => attentionWeights(query, key, options),
    [query, key, ...added.filter((_, i) => wanted[i])],
    (weights) => [[weights, matmul(dContext, split(v), { transposeB: true })]],
  );
  const [dq, dk, ...asked] = grads as Tensor[];
  const dv = matmul(weights, dContext, { transposeA: true });
  return [merge(dq), merge(dk), merge(dv), ...wanted.map((is) => (is ? (asked.shift() as Tensor) : null))];
}

/** What each query takes of each key: q [B, heads, N, D], k [B, heads, T, D] -> [B, heads, N, T] */
function attentionWeights(q: Tensor, k: Tensor, options: AttentionOptions): Tensor {
  const { scale = q.dim(3) ** -0.5, limit, bias, padding, regions } = options;
  let scores = matmul(q, k, { transposeB: true, alpha: scale });
  if (limit !== undefined) scores = clamp(scores, -limit, limit);
  if (bias) scores = add(scores, bias);
  if (padding) scores = add(scores, reshape(padding, [padding.dim(0), 1, 1, padding.dim(1)]));
  if (regions) scores = addRegions(scores, regions);
  return softmax(scores);
}

/** scores [B, heads, N, N], regions [W, N], B a multiple of W */
function addRegions(scores: Tensor, regions: Tensor): Tensor {
  const [batches, heads, tokens] = scores.shape;
  const windows = regions.dim(0);
  const [column, row] = [reshape(regions, [windows, tokens, 1]), reshape(regions, [windows, 1, tokens])];
  const same = mul(applyBinary('notLess', column, row), applyBinary('notLess', row, column));
  const mask = reshape(affine(same, -APART, APART), [windows, 1, tokens * tokens]);
  const byWindow = reshape(scores, [batches / windows, windows, heads, tokens * tokens]);
  return reshape(add(byWindow, mask), scores.shape);
}
