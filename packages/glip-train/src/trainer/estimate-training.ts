import type { GlipConfig } from '@glip-wgpu/glip-core';
import { network } from '@glip-wgpu/glip-core/network';
import {
  type Capabilities,
  type Device,
  type Estimate,
  estimate,
  MovingAverage,
  randomKey,
} from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { anchorGrid } from '../anchor-grid.ts';
import type { MicroBatch, TrainingBatch } from '../data/training-batch.ts';
import { targetArrays } from '../losses/loss-targets.ts';
import { PhaseStep, type Trained } from './phase-step.ts';
import { checkPlan, type PhasePlan, type TrainingPlan } from './training-plan.ts';

/** Sizes of the batches of a phase. */
export interface BatchSizes {
  /** Images of one optimizer step. */
  readonly batch: number;
  /** Parts in which they are computed. */
  readonly accumulate: number;
  /** Padded images, pixels. */
  readonly shapes: readonly (readonly [height: number, width: number])[];
  /** Length of every text. */
  readonly tokens: number;
}

/**
 * Cost and memory of a run's optimizer steps, without a GPU, weights or data: one step of each phase with each shape of its
 * batches, with weights, averages, gradients and optimizer state; not what is kept of frozen parts, `TrainerOptions.featureBytes`.
 *
 * @param like  properties to assume of the device: `device.info` of a real one
 * @throws PlanError for an invalid plan; DeviceError if a tensor is larger than the device's limits
 */
export function estimateTraining(
  config: GlipConfig,
  plan: TrainingPlan,
  sizesOf: (phase: PhasePlan, index: number) => BatchSizes,
  like: Capabilities,
): Estimate {
  checkPlan(plan);
  return estimate(like, (device) => {
    const parameters = ParameterTree.dry(device);
    const model = network(parameters, config);
    const average =
      plan.averageDecay > 0 ? new MovingAverage(parameters.tensors(), plan.averageDecay) : undefined;
    const key = randomKey(device, plan.seed);
    const extra = ParameterTree.dry(device);
    const trained: Trained = {
      ...{ device, config, network: model, parameters, extra, average, key },
      ...{ captured: true, featureBytes: 0 },
    };
    for (const [i, phase] of plan.phases.entries()) {
      using step = new PhaseStep(trained, plan, phase);
      const sizes = sizesOf(phase, i);
      for (const shape of sizes.shapes) runOnce(device, step, madeUp(config, sizes, shape));
    }
  });
}

function runOnce(device: Device, step: PhaseStep, batch: TrainingBatch): void {
  for (const tensor of step.submit(batch, 1)) tensor.dispose();
  void device.finish();
}

/** Black images with one box each. */
function madeUp(
  config: GlipConfig,
  { batch, accumulate, tokens }: BatchSizes,
  [height, width]: readonly [number, number],
): TrainingBatch {
  const images = Math.ceil(batch / accumulate);
  const box = { boxes: Float32Array.of(0, 0, width / 2, height / 2), tokens: [[1]], length: 3 };
  const truth = Array.from({ length: images }, () => box);
  const targets = targetArrays(anchorGrid(config, height, width), truth, { tokens });
  const part: MicroBatch = {
    pixels: new Float32Array(images * height * width * 4),
    shape: [images, height, width, 4],
    ids: new Uint32Array(images * tokens),
    mask: new Float32Array(images * tokens),
    targets,
    samples: [],
  };
  return {
    parts: Array.from({ length: Math.ceil(batch / images) }, () => part),
    normalizers: { positives: 1, centernessSum: 1 },
  };
}
