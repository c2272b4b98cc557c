import {
  add,
  concat,
  type Dropout,
  dropout as drop,
  full,
  matmul,
  mergeSoftmax,
  mul,
  rearrange,
  recompute,
  reshape,
  type SoftmaxPart,
  scope,
  slice,
  softmax,
  softmaxColumns,
  split,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import type { Attended, AttendInputs } from './attend.ts';
import { type BiAttentionConfig, CLAMP_BOUND } from './config.ts';
import type { Projections } from './projections.ts';

/** Maximum bytes of scores that exist at once: matrix products run at full speed on far fewer rows. */
const SCORE_BYTES = 1 << 26;

/** Scores of a range above this are recomputed in the backward pass, which would otherwise keep them several times. */
const KEPT_BYTES = 1 << 25;

/**
 * X-MHA with the projections of the many image positions moved to the few tokens, the same sum in another order
 * (spec B): scores = v (Wq_h^T k_h) + bq_h k_h; image update = sum_h P_h (V_h Wo_h^T); text update =
 * (P_h^T v) Wv_h^T + bv_h, because the rows of P_h^T sum to 1. With dropout they do not, and bv_h is multiplied by their
 * sums.
 *
 * All heads' tokens stand side by side, [B, n, heads * T], so each direction is one matrix product. Scores are stored for
 * a range of image positions at a time: three products at the speed of a GEMM beat a fused kernel, which would compute
 * the scores once more for the second direction, or hold sums 256 wide for each position in registers. The text updates
 * of the ranges are merged in order, by their columns' maxima and sums.
 */
export function attendFolded(
  project: Projections,
  { dim, heads, visualDim }: BiAttentionConfig,
  { parts, l, padding, gammaV, gammaL, dropout }: AttendInputs,
): Attended {
  const [batch, tokens] = l.shape;
  const size = dim / heads;
  const columns = heads * tokens;
  const byHead = (x: Tensor): Tensor => rearrange(x, 'B T (heads D) -> B heads T D', { heads });
  const perHead = (x: Tensor): Tensor => reshape(x, [heads, size, x.size / dim]);

  const { keys, shift } = foldedKeys(project, { heads, dim }, l);
  const outWeight = rearrange(project.outVWeight, 'V (heads D) -> heads V D', { heads });
  // gamma scales what is added to the image: here the few tokens are scaled instead of the many positions.
  const values = matmul(byHead(project.valueL(l)), outWeight, { transposeB: true, gamma: gammaV }); // [B, heads, T, visualDim]
  const text = {
    keys: reshape(keys, [batch, columns, visualDim]),
    shift: reshape(shift, [batch, columns]),
    padding: padding && reshape(padding, [batch, 1, 1, tokens]),
    values: reshape(values, [batch, columns, visualDim]),
    bias: mul(project.outVBias, gammaV),
    heads,
    dropout,
  };

  const ranges = parts.map((part) => cut(part, columns));
  const kept = Math.min(KEPT_BYTES, l.device.info.limits.maxStorageBufferBindingSize / 4);
  const attended = ranges.map((range, i) =>
    range.map((v, j) => {
      const isLarge = 4 * batch * v.dim(1) * columns > kept;
      return (isLarge ? recompute(attendRange) : attendRange)(text, v, `${i}.${j}`);
    }),
  );
  const { mean } = attended
    .flat()
    .map(({ part }) => part)
    .reduce(mergeSoftmax); // [B, heads * T, visualDim], or with dropout visualDim + 4

  const gathered = reshape(slice(mean, 2, 0, visualDim), [batch, heads, tokens, visualDim]);
  const bias = project.valueVBias;
  const after = dropout
    ? {
        residual: mul(
          reshape(slice(mean, 2, visualDim, 1), [batch, heads, tokens, 1]),
          reshape(bias, [heads, 1, size]),
        ),
      }
    : { bias: reshape(bias, [heads, size]) };
  const seen = matmul(gathered, perHead(project.valueVWeight), { transposeB: true, ...after }); // [B, heads, T, D]
  return {
    parts: attended.map((range) =>
      range.length === 1
        ? range[0].v
        : concat(
            range.map(({ v }) => v),
            1,
          ),
    ),
    l: project.outL(rearrange(seen, 'B heads T D -> B T (heads D)'), { gamma: gammaL, residual: l }),
  };
}

/** Keys of a text with the query projection of the image folded in: v keys + shift are the scores of positions v. */
export interface FoldedKeys {
  /** [B, heads, T, visualDim] */
  readonly keys: Tensor;
  /** [B, heads, T, 1] */
  readonly shift: Tensor;
}

/** @param l  normalized text [B, T, languageDim] */
export function foldedKeys(
  project: Projections,
  { dim, heads }: Pick<BiAttentionConfig, 'dim' | 'heads'>,
  l: Tensor,
): FoldedKeys {
  const size = dim / heads;
  const alpha = size ** -0.5;
  const key = rearrange(project.key(l), 'B T (heads D) -> B heads T D', { heads });
  const perHead = (x: Tensor): Tensor => reshape(x, [heads, size, x.size / dim]);
  return {
    keys: matmul(key, perHead(project.queryWeight), { alpha }),
    shift: matmul(key, perHead(project.queryBias), { alpha }),
  };
}

/** The text side, folded; columns are heads * T. */
interface FoldedText {
  /** [B, columns, visualDim] */
  readonly keys: Tensor;
  /** [B, columns], added to scores. */
  readonly shift: Tensor;
  /** [B, 1, 1, T] */
  readonly padding?: Tensor;
  /** [B, columns, visualDim], multiplied by gamma_v, as is the bias */
  readonly values: Tensor;
  /** [visualDim] */
  readonly bias: Tensor;
  readonly heads: number;
  readonly dropout?: Dropout | undefined;
}

/** Both directions for the positions of v [B, n, visualDim], whose place in dropout is `range`. */
function attendRange(
  text: FoldedText,
  v: Tensor,
  range: string,
): { readonly v: Tensor; readonly part: SoftmaxPart } {
  return scope(() => {
    const [batch, columns] = text.shift.shape;
    const { dropout } = text;
    const dropped = (weights: Tensor, side: 'image' | 'text'): Tensor =>
      dropout ? drop(weights, dropout.rate, dropout.key, `${dropout.place}.${side}.${range}`) : weights;
    const scores = matmul(v, text.keys, {
      transposeB: true,
      bias: text.shift,
      activation: 'clamp',
      bounds: [-CLAMP_BOUND, CLAMP_BOUND],
    }); // [B, n, columns]
    const fused = scope(() => {
      const grouped = reshape(scores, [batch, v.dim(1), text.heads, columns / text.heads]);
      const toV = reshape(softmax(text.padding ? add(grouped, text.padding) : grouped), scores.shape);
      return matmul(dropped(toV, 'image'), text.values, { bias: text.bias, residual: v });
    });
    const part = scope(() => {
      const { weights, statistics } = softmaxColumns(scores);
      const kept = dropped(weights, 'text');
      const mean = matmul(kept, v, { transposeA: true });
      if (!dropout) return { mean, statistics };
      // The sums of the rows, merged as the means are: one column, and three that keep rows whole vec4s.
      const ones = full(v.device, [batch, v.dim(1), 4], 1);
      return { mean: concat([mean, matmul(kept, ones, { transposeA: true })], 2), statistics };
    });
    return { v: fused, part };
  });
}

/** v [B, n, visualDim] in ranges of positions whose scores are small enough to be stored and bound. */
function cut(v: Tensor, columns: number): readonly Tensor[] {
  const [batch, positions] = v.shape;
  const bytes = Math.min(SCORE_BYTES, v.device.info.limits.maxStorageBufferBindingSize);
  const most = Math.max(1, Math.floor(bytes / (4 * batch * columns)));
  if (positions <= most) return [v];
  const ranges = Math.ceil(positions / most);
  const length = Math.ceil(positions / ranges);
  const lengths = Array.from({ length: ranges }, (_, i) => Math.min(length, positions - i * length));
  return split(v, 1, lengths);
}
