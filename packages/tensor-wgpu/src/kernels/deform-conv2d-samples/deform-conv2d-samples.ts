import { defineKernel, type Kernel } from '../../kernel.ts';
import type { Tensor } from '../../tensor.ts';
import { quadReader } from '../../wgsl/quads.ts';
import { rowSchedule } from '../../wgsl/rows.ts';
import { type DeformShape, withSampling } from '../deform-conv2d/deform-shape.ts';
import sampling from '../deform-conv2d/sampling.wgsl';
import type { RowRange } from '../deform-conv2d-columns/deform-conv2d-columns.ts';
import wgsl from './deform-conv2d-samples.wgsl';

const PARAMS = /* @__PURE__ */ withSampling({
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
});

const kernels = new Map<string, Kernel<'x' | 'samples' | 'dcolumns', 'dsamples', keyof typeof PARAMS>>();

function kernelFor({ device, dtype }: Tensor, channels: number) {
  const source = `${quadReader('x', channels % 4 === 0, dtype)}\n${sampling}\n${wgsl}`;
  const schedule = rowSchedule(device, channels, ['dcolumns'], [], source);
  const variant = `deform-conv2d-samples ${schedule.variant} ${dtype}`;
  const known = kernels.get(variant);
  if (known) return known;
  const kernel = defineKernel({
    name: 'deform-conv2d-samples',
    ...schedule,
    variant,
    reads: ['x', 'samples', 'dcolumns'],
    writes: ['dsamples'],
    params: PARAMS,
    workgroups: ({ images, count, positions, deformable_groups }) =>
      schedule.workgroups(images * count * positions * deformable_groups),
    flops: ({ images, count, positions, groups, parts, cols }) =>
      8 * images * count * positions * groups * parts * cols,
  });
  kernels.set(variant, kernel);
  return kernel;
}

/**
 * The gradient of a deformable convolution for its offsets and masks at a range of the result's pixels, put into
 * `dsamples` where the convolution reads them.
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
  kernelFor(x, channels).dispatch(
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
