import { defineRowKernel } from '../../row-kernel.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import wgsl from './softmax-input.wgsl';

const softmaxInputKernel = /* @__PURE__ */ defineRowKernel({
  name: 'softmax-input',
  wgsl,
  reads: ['y', 'dy'],
  writes: ['dx'],
  params: { rows: 'u32', cols: 'u32' },
  rows: ({ rows }) => rows,
  flops: ({ rows, cols }) => 4 * rows * cols,
});

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
  softmaxInputKernel(y.device, cols).dispatch({ y, dy, dx }, { rows: y.size / cols, cols }, { slice });
  return dx;
}
