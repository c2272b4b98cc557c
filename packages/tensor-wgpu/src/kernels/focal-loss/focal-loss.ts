import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import wgsl from './focal-loss.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'focal-loss',
  wgsl: [wgsl],
  reads: ['x', 't', 'dy'],
  writes: ['y'],
  params: { quads: 'u32', alpha: 'f32', gamma: 'f32' },
  invocations: ({ quads }) => quads,
});

export interface FocalLossOptions {
  /** Weight of targets that are 1; those that are 0 have 1 - alpha. Without it, all weights are 1. */
  readonly alpha?: number;
  /** Focusing parameter, 0 or more: the larger, the less confident correct answers count. */
  readonly gamma: number;
}

/**
 * Focal loss of each element, for a sigmoid: (1 - p_t)^gamma times the binary cross entropy. With gamma 0 and no alpha it is
 * that cross entropy. https://arxiv.org/abs/1708.02002
 *
 * @param logits   [...]
 * @param targets  shaped as the logits, 0 to 1; constants
 * @returns        shaped as the logits
 * @throws ShapeError unless the shapes are equal
 */
export function focalLoss(logits: Tensor, targets: Tensor, options: FocalLossOptions): Tensor {
  expectShape('focalLoss', { targets }, logits.shape);
  const y = run(logits, targets, undefined, options);
  return record(y, [logits], [targets], (dy) => [run(logits, targets, dy, options)]);
}

function run(x: Tensor, t: Tensor, dy: Tensor | undefined, { alpha, gamma }: FocalLossOptions): Tensor {
  const y = x.device.empty(x.shape);
  kernel.dispatch(
    { x, t, dy: dy ?? x, y },
    { quads: Math.ceil(x.size / 4), alpha: alpha ?? 0, gamma },
    {
      constants: { GRADIENT: Number(dy !== undefined), WEIGHTED: Number(alpha !== undefined) },
      slice: { param: 'quads', per: { x: 4, t: 4, dy: 4, y: 4 } },
    },
  );
  return y;
}
