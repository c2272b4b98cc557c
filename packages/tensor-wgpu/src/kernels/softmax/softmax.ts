import { defineKernel, type Kernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import type { Tensor } from '../../tensor.ts';
import { rowSchedule } from '../../wgsl/rows.ts';
import { softmaxInput } from '../softmax-input/softmax-input.ts';
import wgsl from './softmax.wgsl';

const kernels = new Map<string, Kernel<'x', 'y', 'rows' | 'cols'>>();

function kernelFor(x: Tensor) {
  const schedule = rowSchedule(x.device, x.dim(-1), ['x'], ['y'], wgsl);
  const known = kernels.get(schedule.variant);
  if (known) return known;
  const kernel = defineKernel({
    name: 'softmax',
    ...schedule,
    variant: `softmax ${schedule.variant}`,
    reads: ['x'],
    writes: ['y'],
    params: { rows: 'u32', cols: 'u32' },
    workgroups: ({ rows }) => schedule.workgroups(rows),
    flops: ({ rows, cols }) => 6 * rows * cols,
  });
  kernels.set(schedule.variant, kernel);
  return kernel;
}

/** Softmax over the last axis: [..., C] -> [..., C]. Masks are finite: very negative, not -Infinity. */
export function softmax(x: Tensor): Tensor {
  const cols = x.dim(-1);
  const y = x.device.empty(x.shape);
  const slice = { param: 'rows', per: { x: cols, y: cols } } as const;
  kernelFor(x).dispatch({ x, y }, { rows: x.size / cols, cols }, { slice });
  return record(y, [x], [], (dy) => [softmaxInput(y, dy)]);
}
