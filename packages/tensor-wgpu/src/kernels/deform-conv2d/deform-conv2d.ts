import { ShapeError } from '../../errors.ts';
import { gemmFamily } from '../../gemm/gemm.ts';
import { withoutGradient } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { type ConvGeometry, convShape } from '../conv2d/conv-shape.ts';
import wgsl from './deform-conv2d.wgsl';

const convolve = /* @__PURE__ */ gemmFamily({
  name: 'deform-conv2d',
  wgsl,
  reads: ['x', 'w', 'samples'],
  gathers: true,
  params: {
    groups: 'u32',
    height: 'u32',
    width: 'u32',
    out_width: 'u32',
    kernel_width: 'u32',
    stride: 'u32',
    padding: 'u32',
    dilation: 'u32',
    positions: 'u32',
    parts: 'u32',
    groups_per_part: 'u32',
    image_samples: 'u32',
    mask_start: 'u32',
  },
});

export interface DeformConv2dOptions extends ConvGeometry {
  /** [O] */
  readonly bias?: Tensor;
  readonly deformableGroups?: number;
}

/**
 * Modulated deformable convolution, https://arxiv.org/abs/1811.11168.
 *
 * `samples` holds, for each image, 2 G k planes of offsets (dy, dx of each of the k kernel positions of each of the G
 * deformable groups, in pixels), then G k planes of masks. Its planes may be larger than the result: they are read as
 * flat memory on the result's grid, as the original's CUDA kernel does (spec 2.4.3), never smaller.
 *
 * @param x        [B, H, W, C], f32 or f16
 * @param weight   [O, kh, kw, C / groups], f32 or f16
 * @param samples  [B, 3 G k, Hs, Ws], planar
 * @returns        [B, Ho, Wo, O]
 * @throws ShapeError if the shapes do not fit
 */
export function deformConv2d(
  x: Tensor,
  weight: Tensor,
  samples: Tensor,
  options: DeformConv2dOptions = {},
): Tensor {
  const op = 'deformConv2d';
  const { bias, deformableGroups = 1, groups = 1, stride = 1, padding = 0, dilation = 1 } = options;
  const shape = convShape(op, x.shape, weight.shape, options);
  const { batch, height, width, outputs, taps: positions, outHeight, outWidth } = shape;
  expectRank(op, 'samples', samples, 4);
  const [, planes, sampleHeight, sampleWidth] = samples.shape;
  const rows = outHeight * outWidth;
  if (samples.dim(0) !== batch || planes !== 3 * deformableGroups * positions) {
    throw new ShapeError(
      `${op}: samples is [${samples.shape}], expected [${batch}, ${3 * deformableGroups * positions}, H, W]`,
    );
  }
  if (sampleHeight * sampleWidth < rows) {
    throw new ShapeError(
      `${op}: samples [${samples.shape}] are fewer than the result's ${outHeight} x ${outWidth} pixels`,
    );
  }
  if (deformableGroups % groups !== 0 && groups % deformableGroups !== 0) {
    throw new ShapeError(`${op}: ${deformableGroups} deformable groups and ${groups} groups do not divide`);
  }
  if (bias) expectShape(op, { bias }, [outputs]);

  const parts = Math.max(1, deformableGroups / groups);
  const channels = shape.channels / parts;
  if (!Number.isInteger(channels)) {
    throw new ShapeError(`${op}: ${deformableGroups} deformable groups do not divide x [${x.shape}]`);
  }
  const y = x.device.empty([batch, outHeight, outWidth, outputs]);
  const cols = outputs / groups;
  const quads = { in: channels % 4 === 0, out: cols % 4 === 0 };
  const imageSamples = planes * sampleHeight * sampleWidth;
  const { in: inner, out } = quads;
  convolve({
    variant: {
      vec4: { x: inner, w: inner, samples: false, bias: out, gamma: out, residual: out, y: out },
      dtypes: { x: x.dtype, w: weight.dtype },
      activation: 'identity',
    },
    operands: { x, w: weight, samples },
    after: { bias },
    y,
    params: {
      rows,
      cols,
      taps: positions * parts,
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
      positions,
      parts,
      groups_per_part: Math.max(1, groups / deformableGroups),
      image_samples: imageSamples,
      mask_start: 2 * deformableGroups * positions * sampleHeight * sampleWidth,
    },
    constants: { TRANSPOSE_B: 1 },
    slice: {
      param: 'batches',
      multiple: groups,
      per: { x: (height * width * x.dim(3)) / groups, samples: imageSamples / groups, y: rows * cols },
    },
  });
  const inputs = [x, weight, samples, ...(bias ? [bias] : [])];
  return withoutGradient(op, y, inputs);
}
