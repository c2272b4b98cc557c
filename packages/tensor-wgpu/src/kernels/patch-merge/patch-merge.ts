import { defineKernel } from '../../kernel.ts';
import { withoutGradient } from '../../tape.ts';
import { expectRank, type Tensor } from '../../tensor.ts';
import wgsl from './patch-merge.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'patch-merge',
  wgsl: [wgsl],
  reads: ['x'],
  writes: ['y'],
  params: { pixels: 'u32', height: 'u32', width: 'u32', channels: 'u32' },
  invocations: ({ pixels, channels }) => 4 * pixels * channels,
});

/**
 * Squares of 2 x 2 pixels as one pixel of four times the width, in the order (0,0), (1,0), (0,1), (1,1) of
 * (row, column). Spec 2.1.
 *
 * @param x  [B, H, W, C]
 * @returns  [B, ceil(H / 2), ceil(W / 2), 4 C]
 */
export function patchMerge(x: Tensor): Tensor {
  expectRank('patchMerge', 'x', x, 4);
  const [batch, height, width, channels] = x.shape;
  const shape = [batch, Math.ceil(height / 2), Math.ceil(width / 2), 4 * channels];
  const y = x.device.empty(shape);
  kernel.dispatch({ x, y }, { pixels: shape[0] * shape[1] * shape[2], height, width, channels });
  return withoutGradient('patchMerge', y, [x]);
}
