import type { Device } from '../device/device.ts';
import { defineKernel } from '../kernel.ts';
import type { Tensor } from '../tensor.ts';
import wgsl from './step-numbers.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'step-numbers',
  wgsl: [wgsl],
  reads: ['partials', 'factor'],
  writes: ['counters', 'numbers', 'norm'],
  params: { count: 'u32', clip: 'f32', log_beta1: 'f32', log_beta2: 'f32' },
  workgroups: () => 1,
});

export interface StepOptions {
  /** Maximum global gradient norm. */
  readonly clipNorm: number | undefined;
  /** Decay of the means whose bias is corrected; none for optimizers without bias correction. */
  readonly betas: readonly [number, number] | undefined;
}

/** The numbers that every parameter's update reads, and the global gradient norm; `counters` are advanced. */
export function stepNumbers(
  device: Device,
  partials: Tensor,
  factor: Tensor,
  counters: Tensor,
  { clipNorm = 0, betas }: StepOptions,
): { readonly numbers: Tensor; readonly norm: Tensor } {
  const numbers = device.empty([5]);
  const norm = device.empty([1]);
  // With a decay of 0 nothing needs correction after the first step: any power below 1e-30 will do.
  const [log_beta1, log_beta2] = (betas ?? [1, 1]).map((beta) => Math.log(Math.max(beta, 1e-30)));
  kernel.dispatch(
    { partials, factor, counters, numbers, norm },
    { count: partials.size, clip: clipNorm, log_beta1, log_beta2 },
  );
  return { numbers, norm };
}
