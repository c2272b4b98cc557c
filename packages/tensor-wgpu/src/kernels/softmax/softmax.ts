import { defineRowKernel } from '../../row-kernel.ts';
import { record } from '../../tape.ts';
import type { Tensor } from '../../tensor.ts';
import { softmaxInput } from '../softmax-input/softmax-input.ts';
import wgsl from './softmax.wgsl';

const softmaxKernel = /* @__PURE__ */ defineRowKernel({
  name: 'softmax',
  wgsl,
  reads: ['x'],
  writes: ['y'],
  params: { rows: 'u32', cols: 'u32' },
  rows: ({ rows }) => rows,
  flops: ({ rows, cols }) => 6 * rows * cols,
});

/** Softmax over the last axis: [..., C] -> [..., C]. Masks are finite: very negative, not -Infinity. */
export function softmax(x: Tensor): Tensor {
  const cols = x.dim(-1);
  const y = x.device.empty(x.shape);
  const slice = { param: 'rows', per: { x: cols, y: cols } } as const;
  softmaxKernel(x.device, cols).dispatch({ x, y }, { rows: x.size / cols, cols }, { slice });
  return record(y, [x], [], (dy) => [softmaxInput(y, dy)]);
}
