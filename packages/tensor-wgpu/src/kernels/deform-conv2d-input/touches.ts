import { defineKernel } from '../../kernel.ts';
import { Tensor } from '../../tensor.ts';
import type { DeformShape } from '../deform-conv2d/deform-shape.ts';
import type { Corners } from '../deform-conv2d-columns/deform-conv2d-columns.ts';
import { full } from '../elementwise/apply.ts';
import corner from './touch-corner.wgsl';
import count from './touch-count.wgsl';
import fill from './touch-fill.wgsl';
import place from './touch-place.wgsl';
import sort from './touch-sort.wgsl';
import touches from './touches.wgsl';

const params = { images: 'u32', samples: 'u32', deformable_groups: 'u32', pixels_in: 'u32' } as const;
type Sizes = Readonly<Record<keyof typeof params, number>>;

const eachCorner = ({ images, samples, deformable_groups }: Sizes): number =>
  images * samples * deformable_groups * 4;
const eachList = ({ images, pixels_in, deformable_groups }: Sizes): number =>
  images * pixels_in * deformable_groups;

const counting = /* @__PURE__ */ defineKernel({
  name: 'deform-conv2d-touch-count',
  wgsl: [touches, corner, count],
  reads: ['pixels', 'weights'],
  writes: ['lengths'],
  params,
  invocations: eachCorner,
});

const placing = /* @__PURE__ */ defineKernel({
  name: 'deform-conv2d-touch-place',
  wgsl: [touches, place],
  reads: [],
  writes: ['lengths', 'ends'],
  params,
  invocations: eachList,
});

const filling = /* @__PURE__ */ defineKernel({
  name: 'deform-conv2d-touch-fill',
  wgsl: [touches, corner, fill],
  reads: ['pixels', 'weights'],
  writes: ['ends', 'corners'],
  params,
  invocations: eachCorner,
});

const sorting = /* @__PURE__ */ defineKernel({
  name: 'deform-conv2d-touch-sort',
  wgsl: [touches, sort],
  reads: ['lengths', 'ends'],
  writes: ['corners'],
  params,
  invocations: eachList,
});

/** For each pixel of the images, in `corners` before `ends`: the corners that touch it, by their numbers. */
export interface Touches {
  readonly lengths: Tensor;
  readonly ends: Tensor;
  readonly corners: Tensor;
}

/**
 * Lists the corners that touch each pixel. Integer atomics count and place them in arbitrary order, then each list is
 * sorted: the lists are the same every time, but not their places.
 */
export function listTouches({ pixels, weights }: Corners, shape: DeformShape): Touches {
  const { batch, height, width, taps, deformableGroups } = shape;
  const { device } = pixels;
  const lists = height * width * deformableGroups;
  const zeros = full(device, [batch, lists + 1]);
  const lengths = new Tensor(device, zeros.shape, 'u32', zeros.storage);
  zeros.dispose();
  const ends = device.empty([batch, lists], 'u32');
  const corners = device.empty([batch, pixels.size / batch], 'u32');
  const sizes = {
    images: batch,
    samples: pixels.dim(1) * taps,
    deformable_groups: deformableGroups,
    pixels_in: height * width,
  };
  counting.dispatch({ pixels, weights, lengths }, sizes);
  placing.dispatch({ lengths, ends }, sizes);
  filling.dispatch({ pixels, weights, ends, corners }, sizes);
  sorting.dispatch({ lengths, ends, corners }, sizes);
  return { lengths, ends, corners };
}
