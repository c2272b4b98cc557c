import { defineKernel } from '../../kernel.ts';
import { defineRowKernel } from '../../row-kernel.ts';
import type { DType, Tensor } from '../../tensor.ts';
import { quadReader } from '../../wgsl/quads.ts';
import { type DeformShape, withSampling } from '../deform-conv2d/deform-shape.ts';
import sampling from '../deform-conv2d/sampling.wgsl';
import cornersWgsl from './corners.wgsl';
import wgsl from './deform-conv2d-columns.wgsl';

const cornersKernel = /* @__PURE__ */ defineKernel({
  name: 'deform-conv2d-corners',
  wgsl: [sampling, cornersWgsl],
  reads: ['samples'],
  writes: ['pixels', 'weights'],
  params: /* @__PURE__ */ withSampling({
    images: 'u32',
    rows: 'u32',
    first: 'u32',
    count: 'u32',
    deformable_groups: 'u32',
  }),
  invocations: ({ images, count, positions, deformable_groups }) =>
    images * count * positions * deformable_groups,
});

/** Neighboring pixels of the result, the same in each image. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
}

/** The four pixels around each sample, and their weights times the mask: [B, count, k, G, 4], pixels u32. */
export interface Corners {
  readonly pixels: Tensor;
  readonly weights: Tensor;
}

export function deformCorners(samples: Tensor, shape: DeformShape, { first, count }: RowRange): Corners {
  const { batch, rows, taps, deformableGroups, sampling } = shape;
  const each = [batch, count, taps, deformableGroups, 4];
  const pixels = samples.device.empty(each, 'u32');
  const weights = samples.device.empty(each);
  cornersKernel.dispatch(
    { samples, pixels, weights },
    { images: batch, rows, first, count, deformable_groups: deformableGroups, ...sampling },
  );
  return { pixels, weights };
}

const columnsKernel = /* @__PURE__ */ defineRowKernel({
  name: 'deform-conv2d-columns',
  wgsl: (vec4, dtype: DType) => `${quadReader('x', vec4, dtype)}\n${wgsl}`,
  reads: ['x', 'pixels', 'weights'],
  writes: ['columns'],
  quads: { reads: [], writes: ['columns'] },
  params: {
    images: 'u32',
    first_image: 'u32',
    cols: 'u32',
    samples: 'u32',
    groups: 'u32',
    parts: 'u32',
    groups_per_part: 'u32',
    deformable_groups: 'u32',
    pixels_in: 'u32',
  },
  rows: ({ images, samples, groups, parts }) => images * samples * groups * parts,
  flops: ({ images, samples, groups, parts, cols }) => 7 * images * samples * groups * parts * cols,
});

/**
 * Columns (im2col) of a deformable convolution: the sampled inputs that its weight is multiplied by.
 *
 * @param x        [B, H, W, C], f32 or f16
 * @param corners  of a range of `count` pixels of the result
 * @returns        [B, groups, count, k C / groups]
 */
export function deformColumns(x: Tensor, { pixels, weights }: Corners, shape: DeformShape): Tensor {
  const { batch, height, width, taps, groups, parts, groupsPerPart, deformableGroups, channels } = shape;
  const count = pixels.dim(1);
  const columns = x.device.empty([batch, groups, count, taps * parts * channels]);
  columnsKernel(x.device, channels, x.dtype).dispatch(
    { x, pixels, weights, columns },
    {
      images: batch,
      first_image: 0,
      cols: channels,
      samples: count * taps,
      groups,
      parts,
      groups_per_part: groupsPerPart,
      deformable_groups: deformableGroups,
      pixels_in: height * width,
    },
    { slice: { param: 'images', start: 'first_image', per: { x: x.size / batch } } },
  );
  return columns;
}
