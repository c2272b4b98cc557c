import type { Tensor } from '../../tensor.ts';
import { expectNumber, type OptimizerOptions } from '../bundle.ts';
import { Optimizer } from '../optimizer.ts';
import { defineUpdate } from '../update.ts';
import wgsl from './sgd.wgsl';

const kernel = /* @__PURE__ */ defineUpdate('sgd', wgsl);

export interface SGDOptions extends OptimizerOptions {
  /** Share of the velocity kept from step to step; 0.9 by default. */
  readonly momentum?: number;
  /** Nesterov momentum. False by default. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent with momentum, as torch.optim.SGD; updates f32 parameters in place. Learning rate 0.01
 * and no decay by default; decay is added to the gradient. State of each parameter: `velocity`.
 */
export class SGD extends Optimizer {
  /** @throws ShapeError if there are no parameters, if one is not f32 or given twice, and for options out of range */
  constructor(parameters: ReadonlyMap<string, Tensor>, options: SGDOptions = {}) {
    const { momentum = 0.9, nesterov = false } = options;
    expectNumber('SGD: momentum', momentum, (x) => x >= 0 && x < 1, 'from 0 to below 1');
    const constants = { MOMENTUM: momentum, NESTEROV: Number(nesterov) };
    super({ name: 'SGD', kernel, constants, kept: ['velocity'] }, parameters, options, {
      learningRate: 0.01,
      weightDecay: 0,
    });
  }
}
