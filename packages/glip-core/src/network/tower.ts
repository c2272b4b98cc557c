import { MASKED as BERT_MASKED, encoderLayer } from '@glip-wgpu/bert';
import { dyConv } from '@glip-wgpu/dyhead';
import { affine, mul, recompute as recomputing, reshape, type Tensor } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { CLAMP_BOUND, crossModalityFusion, MASKED } from '@glip-wgpu/xmha';
import type { GlipConfig } from '../config/config.ts';
import type { RunOptions } from './run-options.ts';
import type { TextFeatures } from './text-features.ts';

/** State between the blocks of the tower: the pyramid, finest level first, and the text. */
export interface TowerState {
  readonly levels: readonly Tensor[];
  /** [B, T, dim] */
  readonly text: Tensor;
}

/**
 * The head's tower. With fusion each stage is X-MHA, a BERT layer and a DyConv (modules 3i, 3i+1, 3i+2 of the
 * checkpoint); without, a DyConv. Spec 2.4.
 *
 * (levels, each [B, H, W, channels], text) -> the same shapes
 */
export function tower(p: ParameterTree, config: GlipConfig) {
  const { channels, fusion, head } = config;
  const conv = { channels, normGroups: head.normGroups, normEps: head.normEps };
  const stages = Array.from({ length: head.stages }, (_, i) => {
    const at = (offset: number): ParameterTree => p.at(fusion ? 3 * i + offset : i);
    if (!fusion) return { convolve: dyConv(at(0), conv) };
    const sizes = { visualDim: channels, languageDim: config.bert.dim, gamma: 1 / head.stages, ...fusion };
    return {
      fuse: crossModalityFusion(at(0), sizes),
      encode: encoderLayer(at(1), { ...config.bert, bound: CLAMP_BOUND }),
      convolve: dyConv(at(2), conv),
    };
  });

  return p.layer(
    (levels: readonly Tensor[], features: TextFeatures, options: RunOptions = {}): TowerState => {
      const { probe, fold, regularization: drawn, recompute } = options;
      const fusionDropout = drawn && { rate: drawn.fusionDropout, key: drawn.key };
      const dropout = drawn && { rate: drawn.dropout, key: drawn.key };
      /** A module, whose intermediates are not kept where memory is to be saved. */
      const lean = <A extends readonly unknown[], T>(run: (...inputs: A) => T): ((...inputs: A) => T) =>
        recompute ? recomputing(run) : run;
      const { hidden, mask } = features;
      const padding = mask && affine(mask, -BERT_MASKED, BERT_MASKED);
      const fusionPadding = mask && affine(mask, -MASKED, MASKED);
      // Without fusion the original uses BERT's output with padding tokens zeroed: spec 2.5.
      const zeroed = mask && !fusion ? mul(hidden, reshape(mask, [...mask.shape, 1])) : hidden;
      let state: TowerState = { levels, text: zeroed };
      let module = 0;
      const step = (next: Partial<TowerState>): void => {
        state = { ...state, ...next };
        for (const [i, level] of (next.levels ?? []).entries())
          probe?.(`tower.${module}.visual.p${i + 3}`, level);
        if (next.text) probe?.(`tower.${module}.lang`, next.text);
        module += 1;
      };
      for (const { fuse, encode, convolve } of stages) {
        if (fuse && encode) {
          step(lean(fuse)(state.levels, state.text, fusionPadding, { fold, dropout: fusionDropout }));
          step({ text: lean(encode)(state.text, padding, { dropout }) });
        }
        step({ levels: lean(convolve)(state.levels) });
      }
      return state;
    },
  );
}
