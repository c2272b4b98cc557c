import type { ParameterGroup } from '@glip-wgpu/tensor-wgpu';

export interface GroupOptions {
  readonly learningRate: number;
  /** Learning rate of the text encoder. */
  readonly languageLearningRate: number;
  readonly weightDecay: number;
}

const BIAS_FACTOR = 2;

/**
 * Learning rate and decay of each of GLIP's parameters, by its checkpoint name. The original doubles the rate of everything
 * that has "bias" in its name, and decays none of it: relative position tables too. Spec 4.7.
 */
export function glipGroups(options: GroupOptions): (name: string) => ParameterGroup {
  const { learningRate, languageLearningRate, weightDecay } = options;
  return (name) => {
    const base = name.includes('language_backbone') ? languageLearningRate : learningRate;
    return name.includes('bias')
      ? { learningRate: BIAS_FACTOR * base, weightDecay: 0 }
      : { learningRate: base, weightDecay };
  };
}
