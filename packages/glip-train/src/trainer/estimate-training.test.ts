import { type Device, openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, describe, expect, it } from 'vitest';
import { batchOf, madeUpBatches, madeUpPart, smallest } from '../testing/made-up-batches.ts';
import { estimateTraining } from './estimate-training.ts';
import { Trainer } from './trainer.ts';
import { ORIGINAL_LOSSES, type TrainingPlan } from './training-plan.ts';

const devices: Device[] = [];
afterAll(() => {
  for (const device of devices) device.dispose();
});

const plan: TrainingPlan = {
  seed: 1,
  phases: [
    {
      name: 'all',
      steps: 2,
      trains: 'all',
      learningRate: 1e-3,
      weightDecay: 0,
      schedule: { kind: 'constant' },
      losses: ORIGINAL_LOSSES,
    },
  ],
  clipNorm: 1,
  averageDecay: 0.9,
  regularization: true,
  recompute: false,
  evaluateEvery: 0,
  saveEvery: 0,
};
const sizes = { batch: 4, accumulate: 1, shapes: [[64, 64]] as const, tokens: 8 };

describe('the estimated memory of training', () => {
  it.each([
    [1, 'f32'],
    [2, 'f32'],
    [1, 'mixed'],
  ] as const)(
    'is that of the steps on a real device, with batches in %i parts, %s',
    async (accumulate, precision) => {
      const device = await openDevice();
      devices.push(device);
      const own: TrainingPlan = { ...plan, precision };
      const { peakBytes } = estimateTraining(smallest, own, () => ({ ...sizes, accumulate }), device.info);
      const before = device.memory.allocated;
      const parts = Array.from({ length: accumulate }, () => madeUpPart(0, 4 / accumulate));
      using trainer = new Trainer({
        config: smallest,
        parameters: ParameterTree.random(device, 1),
        plan: own,
        batches: () => madeUpBatches(2, () => batchOf(parts)),
      });
      for await (const _ of trainer.run()); // only its memory is of interest
      const real = device.memory.peak - before;
      expect(peakBytes / real).toBeGreaterThan(0.9);
      expect(peakBytes / real).toBeLessThan(1.1);
    },
  );

  it('grows with pictures and falls where a batch is computed in parts', async () => {
    const { info } = devices[0];
    const peak = (more: Partial<typeof sizes>, changed: Partial<TrainingPlan> = {}): number =>
      estimateTraining(smallest, { ...plan, ...changed }, () => ({ ...sizes, ...more }), info).peakBytes;
    const usual = peak({});
    expect(peak({ batch: 8 })).toBeGreaterThan(1.4 * usual);
    expect(peak({ batch: 8, accumulate: 4 })).toBeLessThan(usual);
    expect(peak({}, { recompute: true })).toBeLessThan(usual);
    expect(peak({}, { precision: 'mixed' })).toBeLessThan(usual);
  });
});
