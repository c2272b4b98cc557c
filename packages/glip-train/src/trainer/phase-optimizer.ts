import { PROMPT_ROWS } from '@glip-wgpu/glip-core/network';
import { AdamW, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { glipGroups } from '../parameter-groups.ts';
import type { PhasePlan, TrainingPlan } from './training-plan.ts';

/** A phase's optimizer, with GLIP's learning rates and decay by parameter name. @param tensors  that the phase trains */
export function phaseOptimizer(
  plan: TrainingPlan,
  phase: PhasePlan,
  tensors: ReadonlyMap<string, Tensor>,
): AdamW {
  const { learningRate, languageLearningRate = learningRate, weightDecay, decayVectors = true } = phase;
  const groupOf = glipGroups({ learningRate, languageLearningRate, weightDecay });
  return new AdamW(tensors, {
    groupOf: (name) => {
      const group = name === PROMPT_ROWS && phase.promptRows ? phase.promptRows : groupOf(name);
      const vector = (tensors.get(name) as Tensor).shape.length === 1;
      return vector && !decayVectors ? { ...group, weightDecay: 0 } : group;
    },
    ...(plan.clipNorm > 0 && { clipNorm: plan.clipNorm }),
  });
}
