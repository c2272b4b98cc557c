import { kernelSpec, NdArray, sum } from '../../testing/index.ts';
import { type DeformGeometry, deformShape } from '../deform-conv2d/deform-shape.ts';
import { sampleAt } from '../deform-conv2d/reference.ts';
import { affine } from '../elementwise/elementwise.ts';
import { deformColumns, deformCorners, type RowRange } from './deform-conv2d-columns.ts';

interface Options extends DeformGeometry, RowRange {
  /** Of the weight. */
  readonly shape: readonly [outputs: number, height: number, width: number, channels: number];
  /** Factor of the samples, which are below 1 otherwise. */
  readonly reach?: number;
}

export default kernelSpec({
  name: 'deform-conv2d-columns',
  inputs: ['x', 'samples'],
  differentiable: [],
  backwardOf: 'deform-conv2d',
  run({ x, samples }, { reach = 1, ...options }: Options) {
    const shape = deformShape('deformColumns', x.shape, options.shape, samples.shape, options);
    return deformColumns(x, deformCorners(affine(samples, reach, 0), shape, options), shape);
  },

  reference({ x, samples }, { reach = 1, first, count, ...options }) {
    const shape = deformShape('deformColumns', x.shape, options.shape, samples.shape, options);
    const { batch, taps, groups } = shape;
    const channels = options.shape[3];
    const scaled = new NdArray(
      samples.shape,
      samples.data.map((value) => value * reach),
    );
    return NdArray.fill([batch, groups, count, taps * channels], (n, group, row, column) => {
      const channel = group * channels + (column % channels);
      const position = Math.floor(column / channels);
      const { mask, corners } = sampleAt(scaled, shape, [n, channel, position, first + row]);
      return mask * sum(corners.map(({ row, col, weight }) => weight * x.get(n, row, col, channel)));
    });
  },
  tolerance: { atol: 1e-5, because: 'bilinear weights are differences of f32 coordinates' },

  cases: {
    'one element': {
      inputs: { x: [1, 1, 1, 1], samples: [1, 3, 1, 1] },
      options: { shape: [1, 1, 1, 1], first: 0, count: 1 },
    },
    'odd sizes, a range': {
      inputs: { x: [2, 5, 7, 3], samples: [2, 27, 5, 7] },
      options: { shape: [5, 3, 3, 3], padding: 1, first: 4, count: 23 },
    },
    'offsets of several pixels at stride 2, past a row of lanes': {
      inputs: { x: [1, 7, 9, 68], samples: [1, 27, 4, 5] },
      options: { shape: [4, 3, 3, 68], padding: 1, stride: 2, reach: 4, first: 0, count: 20 },
    },
    'samples larger than the result, dilated': {
      inputs: { x: [2, 3, 4, 4], samples: [2, 27, 5, 7] },
      options: { shape: [4, 3, 3, 4], padding: 2, dilation: 2, first: 2, count: 10 },
    },
    'two groups of two deformable groups': {
      inputs: { x: [2, 4, 5, 16], samples: [2, 108, 4, 5] },
      options: { shape: [8, 3, 3, 8], padding: 1, groups: 2, deformableGroups: 4, first: 3, count: 9 },
    },
    'four groups of one deformable group': {
      inputs: { x: [1, 4, 5, 8], samples: [1, 54, 4, 5] },
      options: { shape: [8, 3, 3, 2], padding: 1, groups: 4, deformableGroups: 2, first: 0, count: 20 },
    },
    'f16 images': {
      inputs: { x: { shape: [1, 5, 7, 3], dtype: 'f16' }, samples: [1, 27, 5, 7] },
      options: { shape: [5, 3, 3, 3], padding: 1, first: 0, count: 35 },
    },
    'images past 256 KiB': {
      inputs: { x: [3, 25, 30, 64], samples: [3, 3, 25, 30] },
      options: { shape: [1, 1, 1, 64], first: 100, count: 50 },
    },
  },
  bench: {
    'a range of p4 of GLIP-T at 800x1344': {
      inputs: { x: [1, 50, 84, 256], samples: [1, 27, 50, 84] },
      options: { shape: [256, 3, 3, 256], padding: 1, first: 0, count: 3640 },
    },
  },
});
