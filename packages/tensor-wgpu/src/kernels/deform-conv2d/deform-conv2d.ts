import { gemmFamily } from '../../gemm/gemm.ts';
import { firstScale } from '../../q8.ts';
import { scope } from '../../scope.ts';
import { record } from '../../tape.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import { dequantized } from '../dequantize/dequantize.ts';
import wgsl from './deform-conv2d.wgsl';
import { deformGradients } from './deform-conv2d-gradients.ts';
import { type DeformGeometry, type DeformShape, deformShape, withSampling } from './deform-shape.ts';
import sampling from './sampling.wgsl';

const convolve = /* @__PURE__ */ gemmFamily({
  name: 'deform-conv2d',
  wgsl: [sampling, wgsl],
  reads: ['x', 'w', 'samples'],
  gathers: true,
  params: /* @__PURE__ */ withSampling({
    groups: 'u32',
    parts: 'u32',
    groups_per_part: 'u32',
    w_scales: 'u32',
  }),
});

export interface DeformConv2dOptions extends DeformGeometry {
  /** [O] */
  readonly bias?: Tensor;
}

/**
 * Modulated deformable convolution, https://arxiv.org/abs/1811.11168.
 *
 * `samples` holds, for each image, 2 G k planes of offsets (dy, dx of each of the k kernel positions of each of the G
 * deformable groups, in pixels), then G k planes of masks. Its planes may be larger than the result: they are read as
 * flat memory on the result's grid, as the original's CUDA kernel does (spec 2.4.3), never smaller.
 *
 * Its gradients are also that kernel's: for an offset, from the slope between the pixels before and after the sample,
 * and 0 where the sample is outside the image; places of `samples` that are not read get 0.
 *
 * @param x        [B, H, W, C], f32 or f16
 * @param weight   [O, kh, kw, C / groups], f32, f16 or q8
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
  const { bias } = options;
  const shape = deformShape('deformConv2d', x.shape, weight.shape, samples.shape, options);
  if (bias) expectShape('deformConv2d', { bias }, [shape.outputs]);
  // Quads of a part that begins at an odd channel would reach into the next scale.
  const isSplit = shape.parts > 1 && shape.channels % 4 !== 0;
  const y = scope(() => convolution(x, isSplit ? dequantized(weight) : weight, samples, shape, bias));
  return record(y, [x, weight, samples, ...(bias ? [bias] : [])], [], (dy, wanted) =>
    deformGradients({ x, weight, samples, dy }, shape, wanted),
  );
}

function convolution(
  x: Tensor,
  weight: Tensor,
  samples: Tensor,
  shape: DeformShape,
  bias: Tensor | undefined,
): Tensor {
  const { batch, height, width, outputs, taps, outHeight, outWidth } = shape;
  const { rows, groups, parts, groupsPerPart, channels, sampling } = shape;
  const y = x.device.empty([batch, outHeight, outWidth, outputs]);
  const cols = outputs / groups;
  const [inner, out] = [channels % 4 === 0, cols % 4 === 0];
  convolve({
    variant: {
      vec4: { x: inner, w: inner, samples: false, bias: out, gamma: out, residual: out, y: out },
      dtypes: { x: x.dtype, w: weight.dtype },
    },
    operands: { x, w: weight, samples },
    after: { bias },
    y,
    params: {
      rows,
      cols,
      taps: taps * parts,
      channels,
      batches: batch * groups,
      alpha: 1,
      a: 0,
      b: 0,
      ...sampling,
      groups,
      parts,
      groups_per_part: groupsPerPart,
      w_scales: firstScale(weight),
    },
    constants: { TRANSPOSE_B: 1 },
    slice: {
      param: 'batches',
      multiple: groups,
      per: {
        x: (height * width * x.dim(3)) / groups,
        samples: sampling.image_samples / groups,
        y: rows * cols,
      },
    },
  });
  return y;
}
