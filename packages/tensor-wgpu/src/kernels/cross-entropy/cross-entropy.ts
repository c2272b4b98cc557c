import { ShapeError } from '../../errors.ts';
import { defineRowKernel } from '../../row-kernel.ts';
import { record } from '../../tape.ts';
import { sameShape, type Tensor } from '../../tensor.ts';
import { crossEntropyInput } from '../cross-entropy-input/cross-entropy-input.ts';
import wgsl from './cross-entropy.wgsl';

const crossEntropyKernel = /* @__PURE__ */ defineRowKernel({
  name: 'cross-entropy',
  wgsl,
  reads: ['x', 'targets'],
  writes: ['y'],
  quads: { reads: ['x'], writes: [] },
  params: { rows: 'u32', cols: 'u32' },
  rows: ({ rows }) => rows,
  flops: ({ rows, cols }) => 5 * rows * cols,
});

/**
 * Cross entropy of each row's softmax with its class: -log softmax(logits)[target].
 *
 * @param logits   [..., C]
 * @param targets  u32 [...], the classes; loss and gradient are 0 for a target of C or more, such as an ignored row
 * @returns        [...], the loss of each row, without reduction
 * @throws ShapeError unless there is a target for each row
 */
export function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  const rows = logits.shape.slice(0, -1);
  if (!sameShape(targets.shape, rows) || targets.dtype !== 'u32') {
    throw new ShapeError(
      `crossEntropy: targets are ${targets.dtype} [${targets.shape}], expected u32 [${rows}] for logits [${logits.shape}]`,
    );
  }
  const cols = logits.dim(-1);
  const y = logits.device.empty(rows);
  crossEntropyKernel(logits.device, cols).dispatch(
    { x: logits, targets, y },
    { rows: y.size, cols },
    { slice: { param: 'rows', per: { x: cols, targets: 1, y: 1 } } },
  );
  return record(y, [logits], [targets], (dy) => [crossEntropyInput(logits, targets, dy)]);
}
