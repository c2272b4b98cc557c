import type { Tensor } from '../../tensor.ts';
import { expectNumber, type OptimizerOptions } from '../bundle.ts';
import { Optimizer } from '../optimizer.ts';
import { defineUpdate } from '../update.ts';
import wgsl from './adamw.wgsl';

const kernel = /* @__PURE__ */ defineUpdate('adamw', wgsl);

export interface AdamWOptions extends OptimizerOptions {
  /** Decay of the means of gradients and of their squares; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the mean square; 1e-8 by default. */
  readonly eps?: number;
}

/**
 * Adam with decoupled weight decay, https://arxiv.org/abs/1711.05101; updates f32 parameters in place. Learning rate
 * 1e-3 and decay 0.01 by default, as in PyTorch. State of each parameter: `mean` and `square`.
 */
export class AdamW extends Optimizer {
  /** @throws ShapeError if there are no parameters, if one is not f32 or given twice, and for options out of range */
  constructor(parameters: ReadonlyMap<string, Tensor>, options: AdamWOptions = {}) {
    const { betas = [0.9, 0.999], eps = 1e-8 } = options;
    for (const beta of betas)
      expectNumber('AdamW: a beta', beta, (x) => x >= 0 && x < 1, 'from 0 to below 1');
    expectNumber('AdamW: eps', eps, (x) => x >= 0, 'a number from 0');
    const [BETA1, BETA2] = betas;
    const constants = { BETA1, BETA2, NEW1: 1 - BETA1, NEW2: 1 - BETA2, EPS: eps };
    super({ name: 'AdamW', kernel, constants, kept: ['mean', 'square'], betas }, parameters, options, {
      learningRate: 1e-3,
      weightDecay: 0.01,
    });
  }
}
