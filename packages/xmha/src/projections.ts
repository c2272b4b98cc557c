import type { Tensor } from '@glip-wgpu/tensor-wgpu';
import { linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { BiAttentionConfig } from './config.ts';

type Linear = ReturnType<typeof linear>;

/** The six projections of X-MHA, and the weights of the image-side ones, which folding uses directly. */
export interface Projections {
  readonly query: Linear;
  readonly key: Linear;
  readonly valueV: Linear;
  readonly valueL: Linear;
  readonly outV: Linear;
  readonly outL: Linear;
  /** [dim, visualDim], [dim] */
  readonly queryWeight: Tensor;
  readonly queryBias: Tensor;
  /** [dim, visualDim], [dim] */
  readonly valueVWeight: Tensor;
  readonly valueVBias: Tensor;
  /** [visualDim, dim], [visualDim] */
  readonly outVWeight: Tensor;
  readonly outVBias: Tensor;
}

export function projections(p: ParameterTree, config: BiAttentionConfig): Projections {
  const { visualDim, languageDim, dim } = config;
  const project = (name: string, inputs: number, outputs: number): Linear =>
    linear(p.at(name), inputs, outputs, { init: 'xavier' });
  return {
    query: project('v_proj', visualDim, dim),
    key: project('l_proj', languageDim, dim),
    valueV: project('values_v_proj', visualDim, dim),
    valueL: project('values_l_proj', languageDim, dim),
    outV: project('out_v_proj', dim, visualDim),
    outL: project('out_l_proj', dim, languageDim),
    queryWeight: p.get('v_proj.weight', [dim, visualDim]),
    queryBias: p.get('v_proj.bias', [dim]),
    valueVWeight: p.get('values_v_proj.weight', [dim, visualDim]),
    valueVBias: p.get('values_v_proj.bias', [dim]),
    outVWeight: p.get('out_v_proj.weight', [visualDim, dim]),
    outVBias: p.get('out_v_proj.bias', [visualDim]),
  };
}
