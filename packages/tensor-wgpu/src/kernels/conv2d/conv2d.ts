import { ShapeError } from '../../errors.ts';
import { type Activation, expectBounds } from '../../gemm/epilogue.ts';
import { gemmFamily } from '../../gemm/gemm.ts';
import { firstScale } from '../../q8.ts';
import { isTracked, record } from '../../tape.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import { activationInput, slopeFollows } from '../activation-input/activation-input.ts';
import { conv2dInput } from '../conv2d-input/conv2d-input.ts';
import { conv2dWeight } from '../conv2d-weight/conv2d-weight.ts';
import { concat, slice } from '../copy-axis/copy-axis.ts';
import { dequantized } from '../dequantize/dequantize.ts';
import { applyUnary } from '../elementwise/apply.ts';
import { add, mul } from '../elementwise/elementwise.ts';
import { rearrange } from '../rearrange/rearrange.ts';
import { sumTo } from '../reduce/reduce.ts';
import { reshape } from '../reshape.ts';
import { type ConvGeometry, convShape } from './conv-shape.ts';
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
    w_scales: 'u32',
  },
});

export interface Conv2dOptions extends ConvGeometry {
  /** [O] */
  readonly bias?: Tensor;
  readonly activation?: Activation;
  /** Bounds of the activation 'clamp', which needs them. Its gradient is 0 at a bound. */
  readonly bounds?: readonly [lower: number, upper: number];
  /** First output channel of each group that the activation applies to. */
  readonly activateFrom?: number;
  /** [O]: factor of each channel, after the activation. */
  readonly gamma?: Tensor;
  /** Shaped as the result; added last. */
  readonly residual?: Tensor;
  /** 'planar': the result is [B, O, Ho, Wo], for consumers that index it flat. */
  readonly layout?: 'channels-last' | 'planar';
}

/**
 * gamma * activation(convolution + bias) + residual.
 *
 * @param x       [B, H, W, C], f32 or f16
 * @param weight  [O, kh, kw, C / groups], f32, f16 or q8
 * @returns       [B, Ho, Wo, O]
 * @throws ShapeError if the shapes do not fit, or for the activation 'clamp' without bounds
 */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  const { stride, padding, dilation, groups, ...after } = options;
  const { bias, activation = 'identity', activateFrom, bounds, gamma, residual, layout } = after;
  if (activation === 'clamp') expectBounds('conv2d', bounds);
  const geometry = { stride, padding, dilation, groups };
  const isActivated = activation !== 'identity';
  const keepsMore = gamma !== undefined || !slopeFollows(activation) || (isActivated && residual);
  if (keepsMore && isTracked(x, weight, bias, gamma, residual)) {
    return unfused(conv2d(x, weight, { ...geometry, bias }), groups ?? 1, after);
  }
  const y = convolution(x, weight, options);
  const planar = layout === 'planar';
  const inputs = [x, weight, bias, residual].filter((input) => input !== undefined);
  return record(y, inputs, [], (dy, [toX, toWeight, toBias]) => {
    const end = { activation, bounds, groups, activateFrom, planar };
    const dz = isActivated || planar ? activationInput(y, dy, end) : dy;
    return [
      toX ? conv2dInput(x.shape, dequantized(weight), dz, geometry) : null,
      toWeight ? conv2dWeight(x, weight.shape, dz, geometry) : null,
      ...(bias ? [toBias ? sumTo(dz, bias.shape) : null] : []),
      ...(residual ? [dz] : []),
    ];
  });
}

/** The epilogue from its activation on as separate operations, for a backward pass that needs the intermediates. */
function unfused(linear: Tensor, groups: number, options: Omit<Conv2dOptions, keyof ConvGeometry>): Tensor {
  const { activation = 'identity', activateFrom = 0, bounds = [0, 0], gamma, residual, layout } = options;
  let y = linear;
  if (activation !== 'identity') {
    const cols = y.dim(-1) / groups;
    const rows = reshape(y, [y.size / cols, cols]);
    const activated = applyUnary(activation, slice(rows, -1, activateFrom, cols - activateFrom), ...bounds);
    const all = activateFrom === 0 ? activated : concat([slice(rows, -1, 0, activateFrom), activated], -1);
    y = reshape(all, y.shape);
  }
  if (gamma) y = mul(y, gamma);
  if (residual) y = add(y, residual);
  return layout === 'planar' ? rearrange(y, 'B H W O -> B O H W') : y;
}

function convolution(x: Tensor, weight: Tensor, options: Conv2dOptions): Tensor {
  const {
    bias,
    gamma,
    residual,
    activation = 'identity',
    activateFrom = 0,
    bounds = [0, 0],
    layout = 'channels-last',
  } = options;
  const { groups = 1, stride = 1, padding = 0, dilation = 1 } = options;
  const { batch, height, width, channels, outputs, taps, outHeight, outWidth } = convShape(
    'conv2d',
    x.shape,
    weight.shape,
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
    },
    activation: { activation, activateFrom },
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
      a: bounds[0],
      b: bounds[1],
      groups,
      height,
      width,
      out_width: outWidth,
      kernel_width: weight.dim(2),
      stride,
      padding,
      dilation,
      w_scales: firstScale(weight),
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
  return y;
}
