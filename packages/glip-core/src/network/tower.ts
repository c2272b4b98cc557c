import { MASKED as BERT_MASKED, encoderLayer } from '@glip-wgpu/bert';
import { dyConv } from '@glip-wgpu/dyhead';
import { affine, mul, recompute as recomputing, reshape, type Tensor } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type AttentionWeights, CLAMP_BOUND, crossModalityFusion, MASKED } from '@glip-wgpu/xmha';
import type { GlipConfig } from '../config/config.ts';
import type { RunOptions } from './run-options.ts';
import type { TextFeatures } from './text-features.ts';

/** State between the blocks of the tower: the pyramid, finest level first, and the text. */
export interface TowerState {
  readonly levels: readonly Tensor[];
  /** [B, T, dim] */
  readonly text: Tensor;
}

/** Inputs of every module in a run of the tower. */
export interface TowerInputs {
  /** [B, T], added to scores: of BERT's layers, and of the attention between image and text. */
  readonly padding: Tensor | undefined;
  readonly fusionPadding: Tensor | undefined;
  readonly options: RunOptions;
}

/** One module of the tower; those of a stage are fusion, text and convolution, without fusion the last one alone. */
export interface TowerModule {
  readonly stage: number;
  readonly kind: 'fusion' | 'text' | 'convolution';
  /** @returns what it changes of the state */
  run(state: TowerState, inputs: TowerInputs): Partial<TowerState>;
}

/** The tower as a whole, and module by module. */
export interface Tower {
  /** (levels, each [B, H, W, channels], text) -> the same shapes */
  run(levels: readonly Tensor[], features: TextFeatures, options?: RunOptions): TowerState;
  /** The state before the first module, and the inputs of all. */
  start(levels: readonly Tensor[], features: TextFeatures, options?: RunOptions): TowerStart;
  readonly modules: readonly TowerModule[];
}

export interface TowerStart {
  readonly state: TowerState;
  readonly inputs: TowerInputs;
}

/**
 * The head's tower. With fusion each stage is X-MHA, a BERT layer and a DyConv (modules 3i, 3i+1, 3i+2 of the
 * checkpoint); without, a DyConv. Spec 2.4.
 */
export function tower(p: ParameterTree, config: GlipConfig): Tower {
  const { fusion, head } = config;
  const modules = Array.from({ length: head.stages }, (_, stage) => {
    const at = (offset: number): ParameterTree => p.at(fusion ? 3 * stage + offset : stage);
    return fusion
      ? [...fused(at, config, fusion, stage), convolution(at(2), config, stage)]
      : [convolution(at(0), config, stage)];
  }).flat();

  const start = (
    levels: readonly Tensor[],
    { hidden, mask }: TextFeatures,
    options: RunOptions = {},
  ): TowerStart => {
    // Without fusion the original uses BERT's output with padding tokens zeroed: spec 2.5.
    const text = mask && !fusion ? mul(hidden, reshape(mask, [...mask.shape, 1])) : hidden;
    const padding = mask && affine(mask, -BERT_MASKED, BERT_MASKED);
    const fusionPadding = mask && affine(mask, -MASKED, MASKED);
    return { state: { levels, text }, inputs: { padding, fusionPadding, options } };
  };
  return {
    modules,
    start: p.layer(start),
    run: p.layer(
      (levels: readonly Tensor[], features: TextFeatures, options: RunOptions = {}): TowerState => {
        const { state: first, inputs } = start(levels, features, options);
        let state = first;
        for (const [index, module] of modules.entries()) {
          const next = module.run(state, inputs);
          state = { ...state, ...next };
          for (const [i, level] of (next.levels ?? []).entries())
            options.probe?.(`tower.${index}.visual.p${i + 3}`, level);
          if (next.text) options.probe?.(`tower.${index}.lang`, next.text);
        }
        return state;
      },
    ),
  };
}

function fused(
  at: (offset: number) => ParameterTree,
  { channels, bert, head }: GlipConfig,
  fusion: NonNullable<GlipConfig['fusion']>,
  stage: number,
): TowerModule[] {
  const sizes = { visualDim: channels, languageDim: bert.dim, gamma: 1 / head.stages, ...fusion };
  const fuse = crossModalityFusion(at(0), sizes);
  const encode = encoderLayer(at(1), { ...bert, bound: CLAMP_BOUND });
  return [
    {
      ...{ stage, kind: 'fusion' },
      run: ({ levels, text }, { fusionPadding, options }) => {
        const { fold, regularization: drawn, onAttention } = options;
        const dropout = drawn && { rate: drawn.fusionDropout, key: drawn.key };
        const onWeights = onAttention && ((weights: AttentionWeights) => onAttention(weights, stage));
        return lean(options, fuse)(levels, text, fusionPadding, { fold, dropout, onWeights });
      },
    },
    {
      ...{ stage, kind: 'text' },
      run: ({ text }, { padding, options }) => {
        const { regularization: drawn } = options;
        const dropout = drawn && { rate: drawn.dropout, key: drawn.key };
        return { text: lean(options, encode)(text, padding, { dropout }) };
      },
    },
  ];
}

function convolution(p: ParameterTree, { channels, head }: GlipConfig, stage: number): TowerModule {
  const convolve = dyConv(p, { channels, normGroups: head.normGroups, normEps: head.normEps });
  return {
    ...{ stage, kind: 'convolution' },
    run: ({ levels }, { options }) => {
      const { onSamples } = options;
      const own = onSamples && ((samples: Tensor, level: number) => onSamples(samples, stage, level));
      return { levels: lean(options, convolve)(levels, { onSamples: own }) };
    },
  };
}

/** A module, whose intermediates are not kept where memory is to be saved. */
function lean<A extends readonly unknown[], T>(
  { recompute }: RunOptions,
  run: (...inputs: A) => T,
): (...inputs: A) => T {
  return recompute ? recomputing(run) : run;
}
