import { ShapeError } from '../../errors.ts';
import { gemmFamily } from '../../gemm/gemm.ts';
import type { Activation } from '../../gemm/variant.ts';
import { withoutGradient } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import wgsl from './conv2d.wgsl';

const convolve = /* @__PURE__ */ gemmFamily({
  name: 'conv2d',
  wgsl,
  reads: ['x', 'w'],
  params: {
    groups: 'u32',
    height: 'u32',
    width: 'u32',
    out_width: 'u32',
    kernel_width: 'u32',
    stride: 'u32',
    padding: 'u32',
    dilation: 'u32',
  },
});

export interface ConvGeometry {
  readonly stride?: number;
  /** Zeros on every side. */
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

export interface Conv2dOptions extends ConvGeometry {
  /** [O] */
  readonly bias?: Tensor;
  readonly activation?: Activation;
  /** First output channel of each group that the activation applies to. */
  readonly activateFrom?: number;
  /** [O]: factor of each channel, after the activation. */
  readonly gamma?: Tensor;
  /** Shaped as the result; added last. */
  readonly residual?: Tensor;
  /** 'planar': the result is [B, O, Ho, Wo], for readers that index it flat. */
  readonly layout?: 'channels-last' | 'planar';
}

/**
 * gamma * activation(convolution + bias) + residual.
 *
 * @param x       [B, H, W, C], f32 or f16
 * @param weight  [O, kh, kw, C / groups], f32 or f16
 * @returns       [B, Ho, Wo, O]
 * @throws ShapeError if the shapes do not fit
 */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  const {
    bias,
    gamma,
    residual,
    activation = 'identity',
    activateFrom = 0,
    layout = 'channels-last',
  } = options;
  const { groups = 1, stride = 1, padding = 0, dilation = 1 } = options;
  const { batch, height, width, channels, outputs, taps, outHeight, outWidth } = convShape(
    'conv2d',
    x,
    weight,
    options,
  );
  const planar = layout === 'planar';
  const shape = planar ? [batch, outputs, outHeight, outWidth] : [batch, outHeight, outWidth, outputs];
  if (bias) expectShape('conv2d', { bias }, [outputs]);
  if (gamma) expectShape('conv2d', { gamma }, [outputs]);
  if (residual) expectShape('conv2d', { residual }, shape);
  if (residual && planar) throw new ShapeError('conv2d: a planar result takes no residual');

  const y = x.device.empty(shape);
  const cols = outputs / groups;
  const rows = outHeight * outWidth;
  const quads = { in: channels % 4 === 0, out: cols % 4 === 0 };
  convolve({
    variant: {
      vec4: {
        x: quads.in,
        w: quads.in,
        bias: quads.out,
        gamma: quads.out,
        residual: quads.out,
        y: quads.out && !planar,
      },
      dtypes: { x: x.dtype, w: weight.dtype },
      activation,
      activateFrom,
    },
    operands: { x, w: weight },
    after: { bias, gamma, residual },
    y,
    params: {
      rows,
      cols,
      taps,
      channels,
      batches: batch * groups,
      alpha: 1,
      a: 0,
      b: 0,
      groups,
      height,
      width,
      out_width: outWidth,
      kernel_width: weight.dim(2),
      stride,
      padding,
      dilation,
    },
    constants: { PLANAR: Number(planar), TRANSPOSE_B: 1 },
    slice: {
      param: 'batches',
      multiple: groups,
      per: {
        x: height * width * channels,
        y: rows * cols,
        ...(residual ? { residual: rows * cols } : {}),
      },
    },
  });
  const inputs = [x, weight, bias, gamma, residual].filter((input) => input !== undefined);
  return withoutGradient('conv2d', y, inputs);
}

interface ConvShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Per group. */
  readonly channels: number;
  readonly outputs: number;
  readonly taps: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Sizes of a convolution, checked. */
export function convShape(op: string, x: Tensor, weight: Tensor, geometry: ConvGeometry): ConvShape {
  const { groups = 1, stride = 1, padding = 0, dilation = 1 } = geometry;
  expectRank(op, 'x', x, 4);
  expectRank(op, 'weight', weight, 4);
  const [batch, height, width, total] = x.shape;
  const [outputs, kernelHeight, kernelWidth, channels] = weight.shape;
  if (channels * groups !== total || outputs % groups !== 0) {
    throw new ShapeError(`${op}: weight [${weight.shape}] in ${groups} groups does not fit x [${x.shape}]`);
  }
  const out = (size: number, kernel: number): number =>
    Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  const [outHeight, outWidth] = [out(height, kernelHeight), out(width, kernelWidth)];
  if (outHeight < 1 || outWidth < 1) {
    throw new ShapeError(`${op}: x [${x.shape}] is smaller than its ${kernelHeight}x${kernelWidth} kernel`);
  }
  return { batch, height, width, channels, outputs, taps: kernelHeight * kernelWidth, outHeight, outWidth };
}
