import type { Device } from '../../device/device.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import { rowSchedule } from '../../wgsl/rows.ts';
import wgsl from './softmax-input.wgsl';

const kernels = new Map<string, Kernel<'y' | 'dy', 'dx', 'rows' | 'cols'>>();

function kernelFor(device: Device, cols: number) {
  const schedule = rowSchedule(device, cols, ['y', 'dy'], ['dx'], wgsl);
  const known = kernels.get(schedule.variant);
  if (known) return known;
  const kernel = defineKernel({
    name: 'softmax-input',
    ...schedule,
    variant: `softmax-input ${schedule.variant}`,
    reads: ['y', 'dy'],
    writes: ['dx'],
    params: { rows: 'u32', cols: 'u32' },
    workgroups: ({ rows }) => schedule.workgroups(rows),
    flops: ({ rows, cols }) => 4 * rows * cols,
  });
  kernels.set(schedule.variant, kernel);
  return kernel;
}

/**
 * The gradient of `softmax` for its input.
 *
 * @param y   [..., C], the softmax
 * @param dy  [..., C]
 * @returns   [..., C]
 * @throws ShapeError unless dy is like y
 */
export function softmaxInput(y: Tensor, dy: Tensor): Tensor {
  expectShape('softmaxInput', { dy }, y.shape);
  const cols = y.dim(-1);
  const dx = y.device.empty(y.shape);
  const slice = { param: 'rows', per: { y: cols, dy: cols, dx: cols } } as const;
  kernelFor(y.device, cols).dispatch({ y, dy, dx }, { rows: y.size / cols, cols }, { slice });
  return dx;
}
