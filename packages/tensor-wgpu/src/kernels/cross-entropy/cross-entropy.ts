import type { Device } from '../../device/device.ts';
import { ShapeError } from '../../errors.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { sameShape, type Tensor } from '../../tensor.ts';
import { rowSchedule } from '../../wgsl/rows.ts';
import { crossEntropyInput } from '../cross-entropy-input/cross-entropy-input.ts';
import wgsl from './cross-entropy.wgsl';

const kernels = new Map<string, Kernel<'x' | 'targets', 'y', 'rows' | 'cols'>>();

function kernelFor(device: Device, cols: number) {
  const schedule = rowSchedule(device, cols, ['x'], [], wgsl);
  const known = kernels.get(schedule.variant);
  if (known) return known;
  const kernel = defineKernel({
    name: 'cross-entropy',
    ...schedule,
    variant: `cross-entropy ${schedule.variant}`,
    reads: ['x', 'targets'],
    writes: ['y'],
    params: { rows: 'u32', cols: 'u32' },
    workgroups: ({ rows }) => schedule.workgroups(rows),
    flops: ({ rows, cols }) => 5 * rows * cols,
  });
  kernels.set(schedule.variant, kernel);
  return kernel;
}

/**
 * Cross entropy of each row's softmax with its class: -log softmax(logits)[target].
 *
 * @param logits   [..., C]
 * @param targets  u32 [...], the classes; a number from C on is no class: its loss and gradient are 0
 * @returns        [...], a loss for each row: take its mean
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
  kernelFor(logits.device, cols).dispatch(
    { x: logits, targets, y },
    { rows: y.size, cols },
    { slice: { param: 'rows', per: { x: cols, targets: 1, y: 1 } } },
  );
  return record(y, [logits], [targets], (dy) => [crossEntropyInput(logits, targets, dy)]);
}
