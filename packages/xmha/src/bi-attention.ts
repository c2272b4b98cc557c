import { type Device, freezeKey, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { layerNorm, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type AttentionWeights, attentionWeights } from './attention-weights.ts';
import { type BiAttentionConfig, EPS } from './config.ts';
import { attendFolded } from './folded.ts';
import { attendPlain } from './plain.ts';
import { projections } from './projections.ts';

export interface BiAttentionOptions {
  /**
   * Fold the image-side projections into the text side; by default whichever is less work, and always where one binding
   * of the device does not hold what plain attention stores of an image.
   */
  readonly fold?: boolean | undefined;
  /**
   * Dropout of the attention weights of both directions, independently, for training: its rate, and the key that
   * `randomKey` makes. Places are named after the layer's parameters; what is drawn depends on `fold` and on the
   * device's limits.
   */
  readonly dropout?: { readonly rate: number; readonly key: Tensor } | undefined;
  /** Called with the attention weights, which are computed for it; they are freed with the layer's own tensors unless kept. */
  readonly onWeights?: ((weights: AttentionWeights) => void) | undefined;
}

/**
 * Image and text attend to each other through one score matrix, X-MHA. GLIP, equations 4 to 6,
 * https://arxiv.org/abs/2112.03857, spec 2.4.1.
 *
 * (v [B, N, visualDim], l [B, T, languageDim], padding? [B, T]: 0, or -9e15 at a padding token;
 * options?) -> the same shapes
 *
 * The update is added to the normalized inputs, as in the original.
 */
export function biAttention(p: ParameterTree, config: BiAttentionConfig) {
  const attend = biAttentionOfParts(p, config);

  return p.layer((v: Tensor, l: Tensor, padding?: Tensor, options: BiAttentionOptions = {}) => {
    const { parts, l: text } = attend([v], l, padding, options);
    return { v: parts[0], l: text };
  });
}

/**
 * The same for image positions that lie in several tensors: all of them are one axis to the text. They are never copied
 * into one tensor if the projections are folded.
 *
 * (parts, each [B, n, visualDim], l [B, T, languageDim], padding? [B, T]) -> the same shapes
 */
export function biAttentionOfParts(p: ParameterTree, config: BiAttentionConfig) {
  const { visualDim, languageDim, gamma = 1 } = config;
  const normV = layerNorm(p.at('layer_norm_v'), visualDim, EPS);
  const normL = layerNorm(p.at('layer_norm_l'), languageDim, EPS);
  const project = projections(p.at('attn'), config);
  const gammaV = p.get('gamma_v', [visualDim], { init: { constant: gamma } });
  const gammaL = p.get('gamma_l', [languageDim], { init: { constant: gamma } });

  return p.layer(
    (parts: readonly Tensor[], l: Tensor, padding?: Tensor, options: BiAttentionOptions = {}) => {
      const positions = parts.reduce((sum, part) => sum + part.dim(1), 0);
      const folds =
        options.fold ??
        (foldingPays(config, positions, l.dim(1)) || !plainFits(config, positions, l.dim(1), l.device));
      const attend = folds ? attendFolded : attendPlain;
      const drop = options.dropout && options.dropout.rate !== 0 ? options.dropout : undefined;
      const dropout = drop && { rate: drop.rate, key: freezeKey(drop.key), place: p.at('attn').path };
      const inputs = {
        parts: parts.map((part) => normV(part)),
        l: normL(l),
        padding,
        gammaV,
        gammaL,
        dropout,
      };
      options.onWeights?.(attentionWeights(project, config, inputs));
      return attend(project, config, inputs);
    },
  );
}

/** True if each tensor that plain attention makes of an image fits into one binding. */
function plainFits(
  { visualDim, dim }: BiAttentionConfig,
  positions: number,
  tokens: number,
  { info }: Device,
): boolean {
  return 4 * positions * Math.max(visualDim, dim, tokens) <= info.limits.maxStorageBufferBindingSize;
}

/** True if folding takes fewer multiply-adds, spec B: not where prompts are long and the model is narrow. */
export function foldingPays(
  { visualDim, heads, dim }: BiAttentionConfig,
  n: number,
  tokens: number,
): boolean {
  const plain = 3 * n * dim * (visualDim + tokens);
  const folded = 3 * n * tokens * heads * visualDim + 3 * tokens * dim * visualDim;
  return folded < plain;
}
