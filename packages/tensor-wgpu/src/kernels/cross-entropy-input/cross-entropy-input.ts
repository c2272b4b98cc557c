import type { Device } from '../../device/device.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import { rowSchedule } from '../../wgsl/rows.ts';
import wgsl from './cross-entropy-input.wgsl';

const kernels = new Map<string, Kernel<'x' | 'targets' | 'dy', 'dx', 'rows' | 'cols'>>();

function kernelFor(device: Device, cols: number) {
  const schedule = rowSchedule(device, cols, ['x'], ['dx'], wgsl);
  const known = kernels.get(schedule.variant);
  if (known) return known;
  const kernel = defineKernel({
    name: 'cross-entropy-input',
    ...schedule,
    variant: `cross-entropy-input ${schedule.variant}`,
    reads: ['x', 'targets', 'dy'],
    writes: ['dx'],
    params: { rows: 'u32', cols: 'u32' },
    workgroups: ({ rows }) => schedule.workgroups(rows),
    flops: ({ rows, cols }) => 8 * rows * cols,
  });
  kernels.set(schedule.variant, kernel);
  return kernel;
}

/**
 * The gradient of `crossEntropy` for its logits.
 *
 * @param x        [..., C], the logits
 * @param targets  u32 [...]
 * @param dy       [...]
 * @returns        [..., C]
 */
export function crossEntropyInput(x: Tensor, targets: Tensor, dy: Tensor): Tensor {
  expectShape('crossEntropyInput', { targets, dy }, x.shape.slice(0, -1));
  const cols = x.dim(-1);
  const dx = x.device.empty(x.shape);
  kernelFor(x.device, cols).dispatch(
    { x, targets, dy, dx },
    { rows: dy.size, cols },
    { slice: { param: 'rows', per: { x: cols, targets: 1, dy: 1, dx: cols } } },
  );
  return dx;
}
