import { defineKernel } from '../../kernel.ts';
import type { Shape, Tensor } from '../../tensor.ts';
import wgsl from './max-input.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'max-input',
  wgsl: [wgsl],
  reads: ['dy', 'index'],
  writes: ['dx'],
  params: { first: 'u32', size: 'u32', count: 'u32', inner: 'u32' },
  invocations: ({ size }) => size,
});

/**
 * The gradient of `max` for its input.
 *
 * @param dy     `outer * inner` elements
 * @param index  u32, the index of each maximum along the axis
 * @param shape  shape of the input, [outer, count, inner] when its axes are merged
 */
export function maxInput(
  dy: Tensor,
  index: Tensor,
  shape: Shape,
  [outer, inner]: readonly [number, number],
): Tensor {
  const dx = dy.device.empty(shape);
  kernel.dispatch(
    { dy, index, dx },
    { first: 0, size: dx.size, count: dx.size / Math.max(1, outer * inner), inner },
    { slice: { param: 'size', start: 'first', per: { dx: 1 } } },
  );
  return dx;
}
