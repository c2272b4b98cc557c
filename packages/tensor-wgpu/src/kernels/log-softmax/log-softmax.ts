import type { Device } from '../../device/device.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import type { Tensor } from '../../tensor.ts';
import { rowSchedule } from '../../wgsl/rows.ts';
import { exp, mul, sub } from '../elementwise/elementwise.ts';
import { sum } from '../reduce/reduce.ts';
import wgsl from './log-softmax.wgsl';

const kernels = new Map<string, Kernel<'x', 'y', 'rows' | 'cols'>>();

function kernelFor(device: Device, cols: number) {
  const schedule = rowSchedule(device, cols, ['x'], ['y'], wgsl);
  const known = kernels.get(schedule.variant);
  if (known) return known;
  const kernel = defineKernel({
    name: 'log-softmax',
    ...schedule,
    variant: `log-softmax ${schedule.variant}`,
    reads: ['x'],
    writes: ['y'],
    params: { rows: 'u32', cols: 'u32' },
    workgroups: ({ rows }) => schedule.workgroups(rows),
    flops: ({ rows, cols }) => 6 * rows * cols,
  });
  kernels.set(schedule.variant, kernel);
  return kernel;
}

/** Logarithm of the softmax over the last axis: [..., C] -> [..., C]. Masks are finite: very negative, not -Infinity. */
export function logSoftmax(x: Tensor): Tensor {
  const cols = x.dim(-1);
  const y = x.device.empty(x.shape);
  const slice = { param: 'rows', per: { x: cols, y: cols } } as const;
  kernelFor(x.device, cols).dispatch({ x, y }, { rows: x.size / cols, cols }, { slice });
  return record(y, [x], [], (dy) => [sub(dy, mul(exp(y), sum(dy, -1)))]);
}
