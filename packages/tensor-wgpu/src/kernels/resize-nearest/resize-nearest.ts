import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { withoutGradient } from '../../tape.ts';
import { expectRank, type Tensor } from '../../tensor.ts';
import wgsl from './resize-nearest.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'resize-nearest',
  wgsl: [wgsl],
  reads: ['x'],
  writes: ['y'],
  params: {
    pixels: 'u32',
    height: 'u32',
    width: 'u32',
    out_height: 'u32',
    out_width: 'u32',
    channels: 'u32',
  },
  invocations: ({ pixels, channels }) => pixels * channels,
});

/**
 * Resizes by copying the pixel at floor(out * in / size), as PyTorch's 'nearest' does.
 *
 * @param x  [B, H, W, C]
 * @returns  [B, height, width, C]
 */
export function resizeNearest(x: Tensor, height: number, width: number): Tensor {
  expectRank('resizeNearest', 'x', x, 4);
  if (!(height >= 1 && width >= 1)) throw new ShapeError(`resizeNearest: to ${height} x ${width}`);
  const [batch, ownHeight, ownWidth, channels] = x.shape;
  const y = x.device.empty([batch, height, width, channels]);
  kernel.dispatch(
    { x, y },
    {
      pixels: batch * height * width,
      height: ownHeight,
      width: ownWidth,
      out_height: height,
      out_width: width,
      channels,
    },
  );
  return withoutGradient('resizeNearest', y, [x]);
}
