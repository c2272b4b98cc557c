import { defineKernel } from '../../kernel.ts';
import type { Tensor } from '../../tensor.ts';
import wgsl from './saturate-f16.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'saturate-f16',
  wgsl: [wgsl],
  reads: ['x'],
  writes: ['y'],
  params: { quads: 'u32' },
  invocations: ({ quads }) => quads,
});

/**
 * The numbers of x as f16, those beyond ±65504 as ±65504; infinities and NaN become NaN, so that a computation that
 * has gone wrong stays recognizable. Not differentiable.
 *
 * @param x  f32
 */
export function saturateF16(x: Tensor): Tensor {
  const y = x.device.empty(x.shape, 'f16');
  const quads = Math.ceil(x.size / 4);
  kernel.dispatch({ x, y }, { quads }, { slice: { param: 'quads', per: { x: 4, y: 4 } } });
  return y;
}
