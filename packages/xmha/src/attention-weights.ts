import {
  add,
  addAssign,
  affine,
  concat,
  matmul,
  reshape,
  scope,
  slice,
  softmax,
  softmaxColumns,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import type { AttendInputs } from './attend.ts';
import { type BiAttentionConfig, CLAMP_BOUND } from './config.ts';
import { foldedKeys } from './folded.ts';
import type { Projections } from './projections.ts';

/** Attention between N image positions and T tokens, the mean over heads. */
export interface AttentionWeights {
  /** [B, N, T]: weights with which each token reads the positions; they sum to 1 over the positions. */
  readonly textToImage: Tensor;
  /** [B, N, T]: weights with which each position reads the tokens; they sum to 1 over the tokens. */
  readonly imageToText: Tensor;
}

/**
 * The weights of both directions, which attention itself never stores as a whole: one head at a time, for explanations.
 *
 * @param inputs  parts: normalized image positions, each [B, n, visualDim], N in all; l: normalized text [B, T, languageDim];
 *   padding: [B, T], added to the scores of imageToText
 */
export function attentionWeights(
  project: Projections,
  { dim, heads, visualDim }: BiAttentionConfig,
  { parts, l, padding }: Pick<AttendInputs, 'parts' | 'l' | 'padding'>,
): AttentionWeights {
  return scope(() => {
    const [batch, tokens] = l.shape;
    const { keys, shift } = foldedKeys(project, { dim, heads }, l);
    const v = parts.length === 1 ? parts[0] : concat(parts, 1);
    const mask = padding && reshape(padding, [batch, 1, tokens]);
    const ofHead = (head: number): AttentionWeights =>
      scope(() => {
        const scores = matmul(v, reshape(slice(keys, 1, head, 1), [batch, tokens, visualDim]), {
          transposeB: true,
          bias: reshape(slice(shift, 1, head, 1), [batch, tokens]),
          activation: 'clamp',
          bounds: [-CLAMP_BOUND, CLAMP_BOUND],
        });
        return {
          textToImage: softmaxColumns(scores).weights,
          imageToText: softmax(mask ? add(scores, mask) : scores),
        };
      });
    const sum = ofHead(0);
    for (let head = 1; head < heads; head++) {
      const next = ofHead(head);
      for (const side of ['textToImage', 'imageToText'] as const) {
        addAssign(sum[side], next[side]);
        next[side].dispose();
      }
    }
    return {
      textToImage: affine(sum.textToImage, 1 / heads, 0),
      imageToText: affine(sum.imageToText, 1 / heads, 0),
    };
  });
}
