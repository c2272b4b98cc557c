import { add, mul, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { layerNorm, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type BiAttentionConfig, EPS } from './config.ts';
import { attendFolded } from './folded.ts';
import { attendPlain } from './plain.ts';
import { projections } from './projections.ts';

export interface BiAttentionOptions {
  /** Whether image-side projections are folded into the text side; whichever is less work unless given. */
  readonly fold?: boolean;
}

/**
 * Image and text attend to each other through one score matrix, X-MHA. GLIP, equations 4 to 6,
 * https://arxiv.org/abs/2112.03857, spec 2.4.1.
 *
 * (v [B, N, visualDim], l [B, T, languageDim], padding? [B, T]: 0, or -9e15 at a padding token) -> the same shapes
 *
 * The update is added to the normalised inputs, as in the original.
 */
export function biAttention(p: ParameterTree, config: BiAttentionConfig) {
  const { visualDim, languageDim, gamma = 1 } = config;
  const normV = layerNorm(p.at('layer_norm_v'), visualDim, EPS);
  const normL = layerNorm(p.at('layer_norm_l'), languageDim, EPS);
  const project = projections(p.at('attn'), config);
  const gammaV = p.get('gamma_v', [visualDim], { init: { constant: gamma } });
  const gammaL = p.get('gamma_l', [languageDim], { init: { constant: gamma } });

  return p.layer((v: Tensor, l: Tensor, padding?: Tensor, options: BiAttentionOptions = {}) => {
    const [normalV, normalL] = [normV(v), normL(l)];
    const fold = options.fold ?? foldingPays(config, v.dim(1), l.dim(1));
    const attend = fold ? attendFolded : attendPlain;
    const update = attend(project, config, normalV, normalL, padding);
    return { v: add(normalV, mul(update.v, gammaV)), l: add(normalL, mul(update.l, gammaL)) };
  });
}

/** Multiply-adds of both ways, spec B: folding loses where prompts are long and the model is narrow. */
export function foldingPays(
  { visualDim, heads, dim }: BiAttentionConfig,
  n: number,
  tokens: number,
): boolean {
  const plain = 3 * n * dim * (visualDim + tokens);
  const folded = 3 * n * tokens * heads * visualDim + 3 * tokens * dim * visualDim;
  return folded < plain;
}
