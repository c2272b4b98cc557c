import { gemmFamily } from '../../gemm/gemm.ts';
import { expectShape, type Shape, type Tensor } from '../../tensor.ts';
import { type ConvGeometry, convShape } from '../conv2d/conv-shape.ts';
import wgsl from './conv2d-input.wgsl';

const gather = /* @__PURE__ */ gemmFamily({
  name: 'conv2d-input',
  wgsl,
  reads: ['dy', 'w'],
  bare: true,
  params: {
    groups: 'u32',
    width: 'u32',
    out_height: 'u32',
    out_width: 'u32',
    kernel_width: 'u32',
    stride: 'u32',
    padding: 'u32',
    dilation: 'u32',
  },
});

/**
 * The gradient of `conv2d` for its image.
 *
 * @param shape   [B, H, W, C] of the image
 * @param weight  [O, kh, kw, C / groups]
 * @param dy      [B, Ho, Wo, O]
 * @returns       [B, H, W, C]
 * @throws ShapeError if the shapes do not fit
 */
export function conv2dInput(shape: Shape, weight: Tensor, dy: Tensor, geometry: ConvGeometry): Tensor {
  const { groups = 1, stride = 1, padding = 0, dilation = 1 } = geometry;
  const { batch, height, width, channels, outputs, taps, outHeight, outWidth } = convShape(
    'conv2dInput',
    shape,
    weight.shape,
    geometry,
  );
  expectShape('conv2dInput', { dy }, [batch, outHeight, outWidth, outputs]);
  const y = dy.device.empty(shape);
  const rows = height * width;
  const inner = outputs / groups;
  const quads = { in: inner % 4 === 0, out: channels % 4 === 0 };
  gather({
    variant: {
      vec4: { dy: quads.in, w: quads.out, bias: false, gamma: false, residual: false, y: quads.out },
      dtypes: { w: weight.dtype },
    },
    operands: { dy, w: weight },
    after: {},
    y,
    params: {
      rows,
      cols: channels,
      taps,
      channels: inner,
      batches: batch * groups,
      alpha: 1,
      a: 0,
      b: 0,
      groups,
      width,
      out_height: outHeight,
      out_width: outWidth,
      kernel_width: weight.dim(2),
      stride,
      padding,
      dilation,
    },
    constants: { WHOLE_QUADS: Number(quads.in) },
    slice: {
      param: 'batches',
      multiple: groups,
      per: { dy: outHeight * outWidth * inner, y: rows * channels },
    },
  });
  return y;
}
