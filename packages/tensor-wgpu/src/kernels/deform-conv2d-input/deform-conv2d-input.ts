import { defineRowKernel } from '../../row-kernel.ts';
import type { Tensor } from '../../tensor.ts';
import { quadWriter } from '../../wgsl/quads.ts';
import type { DeformShape } from '../deform-conv2d/deform-shape.ts';
import type { Corners } from '../deform-conv2d-columns/deform-conv2d-columns.ts';
import wgsl from './deform-conv2d-input.wgsl';
import { listTouches } from './touches.ts';

const inputKernel = /* @__PURE__ */ defineRowKernel({
  name: 'deform-conv2d-input',
  wgsl: (vec4, how: 'stores' | 'adds') => `${quadWriter('dx', vec4, how)}\n${wgsl}`,
  reads: ['lengths', 'ends', 'corners', 'weights', 'dcolumns'],
  writes: ['dx'],
  quads: { reads: ['dcolumns'], writes: [] },
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
  rows: ({ images, pixels_in, groups, parts }) => images * pixels_in * groups * parts,
  flops: ({ images, samples, groups, parts, cols }) => 8 * images * samples * groups * parts * cols,
});

/**
 * The gradient of a deformable convolution for its image, from a range of the result's pixels: stored in `dx`, or added
 * to it.
 *
 * @param corners   of the range
 * @param dcolumns  [B, groups, count, k C / groups]: the gradient for the range's columns
 * @param dx        [B, H, W, C]
 */
export function deformInput(
  corners: Corners,
  dcolumns: Tensor,
  dx: Tensor,
  shape: DeformShape,
  how: 'stores' | 'adds',
): void {
  const { batch, height, width, taps, groups, parts, groupsPerPart, deformableGroups, channels } = shape;
  const touches = listTouches(corners, shape);
  const { weights } = corners;
  inputKernel(dx.device, channels, how).dispatch(
    { ...touches, weights, dcolumns, dx },
    {
      images: batch,
      first_image: 0,
      cols: channels,
      samples: weights.dim(1) * taps,
      groups,
      parts,
      groups_per_part: groupsPerPart,
      deformable_groups: deformableGroups,
      pixels_in: height * width,
    },
    { slice: { param: 'images', start: 'first_image', per: { dx: dx.size / batch } } },
  );
  for (const tensor of Object.values(touches)) tensor.dispose();
}
