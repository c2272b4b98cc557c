import { gemmFamily } from '../../gemm/gemm.ts';
import { expectShape, type Shape, type Tensor } from '../../tensor.ts';
import { type ConvGeometry, convShape } from '../conv2d/conv-shape.ts';
import { sumTo } from '../reduce/reduce.ts';
import { reshape } from '../reshape.ts';
import wgsl from './conv2d-weight.wgsl';

const correlate = /* @__PURE__ */ gemmFamily({
  name: 'conv2d-weight',
  wgsl,
  reads: ['dy', 'x'],
  bare: true,
  params: {
    groups: 'u32',
    positions: 'u32',
    height: 'u32',
    width: 'u32',
    out_width: 'u32',
    kernel_width: 'u32',
    stride: 'u32',
    padding: 'u32',
    dilation: 'u32',
  },
});

/**
 * The gradient of `conv2d` for its weight.
 *
 * @param x      [B, H, W, C]
 * @param shape  [O, kh, kw, C / groups] of the weight
 * @param dy     [B, Ho, Wo, O]
 * @returns      [O, kh, kw, C / groups]
 * @throws ShapeError if the shapes do not fit
 */
export function conv2dWeight(x: Tensor, shape: Shape, dy: Tensor, geometry: ConvGeometry): Tensor {
  const { groups = 1, stride = 1, padding = 0, dilation = 1 } = geometry;
  const sizes = convShape('conv2dWeight', x.shape, shape, geometry);
  const { batch, height, width, channels, outputs, taps, outHeight, outWidth } = sizes;
  expectShape('conv2dWeight', { dy }, [batch, outHeight, outWidth, outputs]);
  const y = x.device.empty([batch, ...shape]);
  const rows = outputs / groups;
  const quads = { rows: rows % 4 === 0, cols: channels % 4 === 0 };
  correlate({
    variant: {
      vec4: { dy: quads.rows, x: quads.cols, bias: false, gamma: false, residual: false, y: quads.cols },
      dtypes: { x: x.dtype },
    },
    operands: { dy, x },
    after: {},
    y,
    params: {
      rows,
      cols: channels,
      taps: 1,
      channels: outHeight * outWidth,
      batches: batch * groups * taps,
      alpha: 1,
      a: 0,
      b: 0,
      groups,
      positions: taps,
      height,
      width,
      out_width: outWidth,
      kernel_width: shape[2],
      stride,
      padding,
      dilation,
    },
    constants: { TRANSPOSE_A: 1 },
    slice: {
      param: 'batches',
      multiple: groups * taps,
      per: {
        dy: (outHeight * outWidth * rows) / taps,
        x: (height * width * channels) / taps,
        y: rows * channels,
      },
    },
  });
  return batch === 1 ? reshape(y, shape) : sumTo(y, shape);
}
