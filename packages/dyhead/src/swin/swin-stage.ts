import { freezeKey, patchMerge, recompute, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { layerNorm, linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { NORMAL, SWIN_EPS } from './config.ts';
import { shiftRegions, swinBlock } from './swin-block.ts';

export interface SwinStageConfig {
  readonly dim: number;
  readonly depth: number;
  readonly heads: number;
  readonly window: number;
  readonly mlpRatio: number;
}

export interface SwinStageOptions {
  /** Drop path (stochastic depth), for training: the rate of each block, and the key that `randomKey` makes. */
  readonly dropPath?: { readonly rates: readonly number[]; readonly key: Tensor } | undefined;
  /** Computes each block again in the backward pass instead of keeping its intermediates. */
  readonly recompute?: boolean | undefined;
}

/**
 * Blocks of one resolution, every second with shifted windows: (x [B, H, W, dim], options?) -> [B, H, W, dim]. Spec 2.1.
 */
export function swinStage(p: ParameterTree, config: SwinStageConfig) {
  const { depth, window } = config;
  const shift = Math.floor(window / 2);
  const blocks = Array.from({ length: depth }, (_, b) =>
    swinBlock(p.at('blocks').at(b), { ...config, shift: b % 2 === 0 ? 0 : shift }),
  );

  return p.layer((x: Tensor, options: SwinStageOptions = {}): Tensor => {
    const [, height, width] = x.shape;
    const windows = Math.ceil(height / window) * Math.ceil(width / window);
    const numbers = shiftRegions(height, width, window, shift);
    const regions = depth > 1 ? x.device.tensor(numbers, [windows, window * window]) : undefined;
    const { dropPath } = options;
    const key = dropPath && freezeKey(dropPath.key);
    return blocks.reduce((y, block, b) => {
      const run = options.recompute ? recompute(block) : block;
      return run(y, regions, { dropPath: key && { rate: dropPath.rates[b], key } });
    }, x);
  });
}

/** Halves the resolution and doubles the width: x [B, H, W, dim] -> [B, ceil(H/2), ceil(W/2), 2 dim]. Spec 2.1. */
export function patchMerging(p: ParameterTree, dim: number) {
  const norm = layerNorm(p.at('norm'), 4 * dim, SWIN_EPS);
  const reduction = linear(p.at('reduction'), 4 * dim, 2 * dim, { bias: false, init: NORMAL });
  return p.layer((x: Tensor): Tensor => reduction(norm(patchMerge(x))));
}
