import { freezeKey, pad, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { conv2d, layerNorm, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { SWIN_EPS, type SwinConfig } from './config.ts';
import { patchMerging, swinStage } from './swin-stage.ts';

const PATCH = 4; // pixels on a side
const IMAGE_CHANNELS = 4; // B, G, R and a zero, so that pixels are whole vec4s

/** Feature maps of the four stages, at strides 4, 8, 16 and 32. Only the last three are normalized. */
export type SwinOutputs = readonly Tensor[];

export interface SwinOptions {
  /** Called with the patch embedding, under 'patch_embed'. */
  readonly probe?: ((name: string, value: Tensor) => void) | undefined;
  /**
   * Drop path (stochastic depth), for training: the last block's rate, which grows linearly over all blocks from 0, and
   * the key that `randomKey` makes.
   */
  readonly dropPath?: { readonly rate: number; readonly key: Tensor } | undefined;
  /** Computes each block again in the backward pass instead of keeping its intermediates. */
  readonly recompute?: boolean | undefined;
}

/**
 * The Swin transformer as GLIP uses it. https://arxiv.org/abs/2103.14030, spec 2.1.
 *
 * (image [B, H, W, 4], options?) -> per stage s: [B, H / (4 2^s), W / (4 2^s), embedDim 2^s]
 */
export function swin(p: ParameterTree, config: SwinConfig) {
  const { embedDim, depths, heads, window, mlpRatio } = config;
  const embed = patchEmbed(p.at('patch_embed'), embedDim);
  const width = (s: number): number => embedDim * 2 ** s;
  const stages = depths.map((depth, s) =>
    swinStage(p.at('layers').at(s), { dim: width(s), depth, heads: heads[s], window, mlpRatio }),
  );
  const merges = depths.slice(1).map((_, s) => patchMerging(p.at('layers').at(s).at('downsample'), width(s)));
  const norms = depths.map((_, s) => (s > 0 ? layerNorm(p.at(`norm${s}`), width(s), SWIN_EPS) : undefined));

  return p.layer((image: Tensor, options: SwinOptions = {}): SwinOutputs => {
    const { probe, dropPath, recompute } = options;
    const rates = dropPath && dropPathRates(depths, dropPath.rate);
    const key = dropPath && freezeKey(dropPath.key);
    let x = embed(image);
    probe?.('patch_embed', x);
    return stages.map((stage, s) => {
      if (s > 0) x = merges[s - 1](x);
      x = stage(x, { dropPath: rates && key && { rates: rates[s], key }, recompute });
      return norms[s]?.(x) ?? x;
    });
  });
}

/** Rates of drop path for the blocks of each stage: linear from 0 at the first block to `rate` at the last. Spec 2.1. */
export function dropPathRates(depths: readonly number[], rate: number): number[][] {
  const blocks = depths.reduce((sum, depth) => sum + depth, 0);
  let index = 0;
  return depths.map((depth) =>
    Array.from({ length: depth }, () => (blocks > 1 ? (rate * index++) / (blocks - 1) : 0)),
  );
}

/** Patches of 4 x 4 pixels as tokens: image [B, H, W, 4] -> [B, ceil(H/4), ceil(W/4), embedDim]. Spec 2.1. */
export function patchEmbed(p: ParameterTree, embedDim: number) {
  const project = conv2d(p.at('proj'), 3, embedDim, PATCH, { stride: PATCH, padChannels: IMAGE_CHANNELS });
  const norm = layerNorm(p.at('norm'), embedDim, SWIN_EPS);
  return p.layer((image: Tensor): Tensor => {
    const [, height, width] = image.shape;
    const fill = (size: number): [number, number] => [0, Math.ceil(size / PATCH) * PATCH - size];
    const whole = height % PATCH === 0 && width % PATCH === 0;
    return norm(project(whole ? image : pad(image, [[0, 0], fill(height), fill(width), [0, 0]])));
  });
}
