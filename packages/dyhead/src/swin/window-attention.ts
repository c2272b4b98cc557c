import { embedding, rearrange, reshape, selfAttention, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { NORMAL } from './config.ts';

export interface WindowAttentionConfig {
  readonly dim: number;
  readonly heads: number;
  /** Side of the window, tokens. */
  readonly window: number;
}

/**
 * Attention inside windows, with a learned bias for each relative position. https://arxiv.org/abs/2103.14030, spec 2.1.
 *
 * (windows [B, window², dim], regions? [W, window²]: tokens attend only to equal numbers) -> [B, window², dim]
 */
export function windowAttention(p: ParameterTree, { dim, heads, window }: WindowAttentionConfig) {
  const area = window * window;
  const table = p.get('relative_position_bias_table', [(2 * window - 1) ** 2, heads], { init: NORMAL });
  const qkv = linear(p.at('qkv'), dim, 3 * dim, { init: NORMAL });
  const project = linear(p.at('proj'), dim, dim, { init: NORMAL });
  const index = p.constant('relative_position_index', [area * area], () => relativePositionIndex(window));

  const relativePositionBias = (): Tensor => {
    const rows = embedding(table, index); // [area², heads]
    return reshape(rearrange(rows, 'pairs heads -> heads pairs'), [heads, area, area]);
  };

  return p.layer((windows: Tensor, regions?: Tensor): Tensor => {
    return project(selfAttention(qkv(windows), { heads, bias: relativePositionBias(), regions }));
  });
}

/** Row of the bias table for each pair (query, key) of a window. */
export function relativePositionIndex(window: number): Uint32Array {
  const area = window * window;
  const index = new Uint32Array(area * area);
  for (let i = 0; i < area; i++) {
    for (let j = 0; j < area; j++) {
      const dy = Math.floor(i / window) - Math.floor(j / window) + window - 1;
      const dx = (i % window) - (j % window) + window - 1;
      index[i * area + j] = dy * (2 * window - 1) + dx;
    }
  }
  return index;
}
