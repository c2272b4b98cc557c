import { concat, reshape, split, type Tensor } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type BiAttentionOptions, biAttentionOfParts } from './bi-attention.ts';
import type { BiAttentionConfig } from './config.ts';

/**
 * One deep fusion of a feature pyramid and a text: all levels' positions together attend to the text, and it to them.
 * Spec 2.4.1.
 *
 * (levels, each [B, H, W, visualDim], text [B, T, languageDim], padding? [B, T]) -> the same shapes
 */
export function crossModalityFusion(p: ParameterTree, config: BiAttentionConfig) {
  const attend = biAttentionOfParts(p.at('b_attn'), config);

  return p.layer(
    (levels: readonly Tensor[], text: Tensor, padding?: Tensor, options: BiAttentionOptions = {}) => {
      const flat = levels.map((x) => reshape(x, [x.dim(0), x.dim(1) * x.dim(2), x.dim(3)]));
      const groups = grouped(flat);
      const joined = groups.map((group) => (group.length === 1 ? group[0] : concat(group, 1)));
      const { parts, l } = attend(joined, text, padding, options);
      const fused = groups.flatMap((group, i) => {
        if (group.length === 1) return [parts[i]];
        return split(
          parts[i],
          1,
          group.map((x) => x.dim(1)),
        );
      });
      return { levels: fused.map((x, i) => reshape(x, levels[i].shape)), text: l };
    },
  );
}

/** The finest level alone, since it holds three quarters of all positions and a copy is costly; the others together. */
function grouped(levels: readonly Tensor[]): readonly (readonly Tensor[])[] {
  const [finest, ...others] = levels;
  return others.length === 0 ? [[finest]] : [[finest], others];
}
