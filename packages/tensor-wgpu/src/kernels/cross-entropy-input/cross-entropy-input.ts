import { defineRowKernel } from '../../row-kernel.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import wgsl from './cross-entropy-input.wgsl';

const crossEntropyInputKernel = /* @__PURE__ */ defineRowKernel({
  name: 'cross-entropy-input',
  wgsl,
  reads: ['x', 'targets', 'dy'],
  writes: ['dx'],
  quads: { reads: ['x'], writes: ['dx'] },
  params: { rows: 'u32', cols: 'u32' },
  rows: ({ rows }) => rows,
  flops: ({ rows, cols }) => 8 * rows * cols,
});

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
  crossEntropyInputKernel(x.device, cols).dispatch(
    { x, targets, dy, dx },
    { rows: dy.size, cols },
    { slice: { param: 'rows', per: { x: cols, targets: 1, dy: 1, dx: cols } } },
  );
  return dx;
}
