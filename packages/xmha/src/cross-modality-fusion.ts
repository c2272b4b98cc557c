import { concat, reshape, slice, type Tensor } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type BiAttentionOptions, biAttention } from './bi-attention.ts';
import type { BiAttentionConfig } from './config.ts';

/**
 * One deep fusion of a feature pyramid and a text: all levels' positions together attend to the text, and it to them.
 * Spec 2.4.1.
 *
 * (levels, each [B, H, W, visualDim], text [B, T, languageDim], padding? [B, T]) -> the same shapes
 */
export function crossModalityFusion(p: ParameterTree, config: BiAttentionConfig) {
  const attend = biAttention(p.at('b_attn'), config);

  return p.layer(
    (levels: readonly Tensor[], text: Tensor, padding?: Tensor, options: BiAttentionOptions = {}) => {
      const flat = levels.map((x) => reshape(x, [x.dim(0), x.dim(1) * x.dim(2), x.dim(3)]));
      const { v, l } = attend(concat(flat, 1), text, padding, options);
      let start = 0;
      const fused = levels.map((x, i) => {
        const part = slice(v, 1, start, flat[i].dim(1));
        start += flat[i].dim(1);
        return reshape(part, x.shape);
      });
      return { levels: fused, text: l };
    },
  );
}
