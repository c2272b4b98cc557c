import { defineRowKernel } from '../../row-kernel.ts';
import type { DType, Tensor } from '../../tensor.ts';
import { quadReader } from '../../wgsl/quads.ts';
import { type DeformShape, withSampling } from '../deform-conv2d/deform-shape.ts';
import sampling from '../deform-conv2d/sampling.wgsl';
import type { RowRange } from '../deform-conv2d-columns/deform-conv2d-columns.ts';
import wgsl from './deform-conv2d-samples.wgsl';

const samplesKernel = /* @__PURE__ */ defineRowKernel({
  name: 'deform-conv2d-samples',
  wgsl: (vec4, dtype: DType) => `${quadReader('x', vec4, dtype)}\n${sampling}\n${wgsl}`,
  reads: ['x', 'samples', 'dcolumns'],
  writes: ['dsamples'],
  quads: { reads: ['dcolumns'], writes: [] },
  params: /* @__PURE__ */ withSampling({
    images: 'u32',
    first_image: 'u32',
    rows: 'u32',
    first: 'u32',
    count: 'u32',
    cols: 'u32',
    groups: 'u32',
    parts: 'u32',
    units: 'u32',
    deformable_groups: 'u32',
  }),
  rows: ({ images, count, positions, deformable_groups }) => images * count * positions * deformable_groups,
  flops: ({ images, count, positions, groups, parts, cols }) =>
    8 * images * count * positions * groups * parts * cols,
});

/**
 * The gradient of a deformable convolution for its offsets and masks at a range of the result's pixels, stored in
 * `dsamples` at the places that the convolution reads.
 *
 * @param x         [B, H, W, C], f32 or f16
 * @param samples   [B, 3 G k, Hs, Ws]
 * @param dcolumns  [B, groups, count, k C / groups]: the gradient for the range's columns
 * @param dsamples  as samples
 */
export function deformSamples(
  x: Tensor,
  samples: Tensor,
  dcolumns: Tensor,
  dsamples: Tensor,
  shape: DeformShape,
  { first, count }: RowRange,
): void {
  const { batch, rows, groups, parts, groupsPerPart, deformableGroups, channels, sampling } = shape;
  samplesKernel(x.device, channels, x.dtype).dispatch(
    { x, samples, dcolumns, dsamples },
    {
      images: batch,
      first_image: 0,
      rows,
      first,
      count,
      cols: channels,
      groups,
      parts,
      units: groupsPerPart,
      deformable_groups: deformableGroups,
      ...sampling,
    },
    { slice: { param: 'images', start: 'first_image', per: { x: x.size / batch } } },
  );
}
