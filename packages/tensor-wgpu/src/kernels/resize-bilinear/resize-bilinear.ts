import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { withoutGradient } from '../../tape.ts';
import { expectRank, type Tensor } from '../../tensor.ts';
import wgsl from './resize-bilinear.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'resize-bilinear',
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
    row_step: 'f32',
    col_step: 'f32',
  },
  invocations: ({ pixels, channels }) => pixels * channels,
  flops: ({ pixels, channels }) => 9 * pixels * channels,
});

/**
 * Bilinear resizing with aligned corners, as PyTorch's with align_corners.
 *
 * @param x  [B, H, W, C]
 * @returns  [B, height, width, C]
 */
export function resizeBilinear(x: Tensor, height: number, width: number): Tensor {
  expectRank('resizeBilinear', 'x', x, 4);
  if (!(height >= 1 && width >= 1)) throw new ShapeError(`resizeBilinear: to ${height} x ${width}`);
  const [batch, ownHeight, ownWidth, channels] = x.shape;
  const y = x.device.empty([batch, height, width, channels]);
  const step = (from: number, to: number): number => (to > 1 ? (from - 1) / (to - 1) : 0);
  kernel.dispatch(
    { x, y },
    {
      pixels: batch * height * width,
      height: ownHeight,
      width: ownWidth,
      out_height: height,
      out_width: width,
      channels,
      row_step: step(ownHeight, height),
      col_step: step(ownWidth, width),
    },
  );
  return withoutGradient('resizeBilinear', y, [x]);
}
