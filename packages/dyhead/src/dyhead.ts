import type { Tensor } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type DyConvConfig, dyConv } from './dy-conv.ts';

export interface DyHeadConfig extends DyConvConfig {
  readonly stages: number;
}

/**
 * The dynamic head's tower without fusion: DyConv blocks one after the other. Spec 2.4.
 *
 * levels, each [B, H, W, channels], finest first -> the same shapes
 */
export function dyHead(p: ParameterTree, config: DyHeadConfig) {
  const blocks = Array.from({ length: config.stages }, (_, i) => dyConv(p.at('dyhead_tower').at(i), config));
  return p.layer((levels: readonly Tensor[]): readonly Tensor[] =>
    blocks.reduce((maps, block) => block(maps), levels),
  );
}
