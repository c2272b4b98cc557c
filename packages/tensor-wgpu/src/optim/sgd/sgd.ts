import { defineKernel } from '../../kernel.ts';
import type { Tensor } from '../../tensor.ts';
import { expectNumber, type OptimizerOptions } from '../bundle.ts';
import { Optimizer } from '../optimizer.ts';
import { UPDATE } from '../update.ts';
import wgsl from './sgd.wgsl';

const kernel = /* @__PURE__ */ defineKernel({ name: 'sgd', ...UPDATE, wgsl: [wgsl, ...UPDATE.wgsl] });

export interface SGDOptions extends OptimizerOptions {
  /** Share of the velocity that stays; 0.9 unless given. */
  readonly momentum?: number;
  /** Look ahead by one step of the velocity. False unless given. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent with momentum as torch.optim.SGD has it, for parameters of f32, which it changes in place.
 * Learning rate 0.01 and no decay unless given; decay is added to the gradient. It keeps the `velocity` of each parameter.
 */
export class SGD extends Optimizer {
  /** @throws ShapeError for parameters that are none, not f32 or given twice, and for options out of range */
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
