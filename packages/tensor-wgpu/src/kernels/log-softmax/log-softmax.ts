import { defineRowKernel } from '../../row-kernel.ts';
import { record } from '../../tape.ts';
import type { Tensor } from '../../tensor.ts';
import { exp, mul, sub } from '../elementwise/elementwise.ts';
import { sum } from '../reduce/reduce.ts';
import wgsl from './log-softmax.wgsl';

const logSoftmaxKernel = /* @__PURE__ */ defineRowKernel({
  name: 'log-softmax',
  wgsl,
  reads: ['x'],
  writes: ['y'],
  params: { rows: 'u32', cols: 'u32' },
  rows: ({ rows }) => rows,
  flops: ({ rows, cols }) => 6 * rows * cols,
});

/** Logarithm of the softmax over the last axis: [..., C] -> [..., C]. Masks are finite: very negative, not -Infinity. */
export function logSoftmax(x: Tensor): Tensor {
  const cols = x.dim(-1);
  const y = x.device.empty(x.shape);
  const slice = { param: 'rows', per: { x: cols, y: cols } } as const;
  logSoftmaxKernel(x.device, cols).dispatch({ x, y }, { rows: x.size / cols, cols }, { slice });
  return record(y, [x], [], (dy) => [sub(dy, mul(exp(y), sum(dy, -1)))]);
}
