import { kernelSpec, NdArray } from '../../testing/index.ts';
import { type DeformGeometry, deformShape } from '../deform-conv2d/deform-shape.ts';
import { sampleAt } from '../deform-conv2d/reference.ts';
import { deformCorners, type RowRange } from '../deform-conv2d-columns/deform-conv2d-columns.ts';
import { full } from '../elementwise/apply.ts';
import { affine } from '../elementwise/elementwise.ts';
import { deformInput } from './deform-conv2d-input.ts';

type Four = readonly [number, number, number, number];

interface Options extends DeformGeometry, RowRange {
  /** Of the image, [B, H, W, C]. */
  readonly image: Four;
  /** Of the weight, [O, kh, kw, C / groups]. */
  readonly shape: Four;
  /** Factor of the samples, which are below 1 otherwise. */
  readonly reach?: number;
  /** Previous value of all elements; without it, the gradient is stored instead of added. */
  readonly before?: number;
}

export default kernelSpec({
  name: 'deform-conv2d-input',
  inputs: ['samples', 'dcolumns'],
  differentiable: [],
  backwardOf: 'deform-conv2d',
  run({ samples, dcolumns }, { reach = 1, before, ...options }: Options) {
    const { device } = samples;
    const shape = deformShape('deformInput', options.image, options.shape, samples.shape, options);
    const corners = deformCorners(affine(samples, reach, 0), shape, options);
    const dx = before === undefined ? device.empty(options.image) : full(device, options.image, before);
    deformInput(corners, dcolumns, dx, shape, before === undefined ? 'stores' : 'adds');
    return dx;
  },

  reference({ samples, dcolumns }, { reach = 1, before = 0, first, count, ...options }) {
    const shape = deformShape('deformInput', options.image, options.shape, samples.shape, options);
    const channels = options.shape[3];
    const scaled = new NdArray(
      samples.shape,
      samples.data.map((value) => value * reach),
    );
    const dx = new NdArray(options.image);
    dx.data.fill(before);
    for (let n = 0; n < shape.batch; n++) {
      for (let row = 0; row < count; row++) {
        for (let position = 0; position < shape.taps; position++) {
          for (let channel = 0; channel < dx.shape[3]; channel++) {
            const { mask, corners } = sampleAt(scaled, shape, [n, channel, position, first + row]);
            const column = position * channels + (channel % channels);
            const d = dcolumns.get(n, Math.floor(channel / channels), row, column);
            for (const { row, col, weight } of corners) {
              dx.data[dx.at(n, row, col, channel)] += mask * weight * d;
            }
          }
        }
      }
    }
    return dx;
  },
  tolerance: { atol: 1e-5, because: 'bilinear weights are differences of f32 coordinates' },

  cases: {
    'one element': {
      inputs: { samples: [1, 3, 1, 1], dcolumns: [1, 1, 1, 1] },
      options: { image: [1, 1, 1, 1], shape: [1, 1, 1, 1], first: 0, count: 1 },
    },
    'odd sizes, a range': {
      inputs: { samples: [2, 27, 5, 7], dcolumns: [2, 1, 23, 27] },
      options: { image: [2, 5, 7, 3], shape: [5, 3, 3, 3], padding: 1, first: 4, count: 23 },
    },
    'odd sizes, another range added': {
      inputs: { samples: [2, 27, 5, 7], dcolumns: [2, 1, 8, 27] },
      options: { image: [2, 5, 7, 3], shape: [5, 3, 3, 3], padding: 1, first: 27, count: 8, before: 0.5 },
    },
    'offsets of several pixels at stride 2, past a row of lanes': {
      inputs: { samples: [1, 27, 4, 5], dcolumns: [1, 1, 20, 612] },
      options: {
        image: [1, 7, 9, 68],
        shape: [4, 3, 3, 68],
        padding: 1,
        stride: 2,
        reach: 4,
        first: 0,
        count: 20,
        before: -2,
      },
    },
    'all samples around one pixel': {
      inputs: { samples: [1, 75, 6, 7], dcolumns: [1, 1, 42, 100] },
      options: { image: [1, 1, 1, 4], shape: [4, 5, 5, 4], padding: 4, first: 0, count: 25 },
    },
    'samples larger than the result, dilated': {
      inputs: { samples: [2, 27, 5, 7], dcolumns: [2, 1, 10, 36] },
      options: { image: [2, 3, 4, 4], shape: [4, 3, 3, 4], padding: 2, dilation: 2, first: 2, count: 10 },
    },
    'two groups of two deformable groups': {
      inputs: { samples: [2, 108, 4, 5], dcolumns: [2, 2, 9, 72] },
      options: {
        image: [2, 4, 5, 16],
        shape: [8, 3, 3, 8],
        padding: 1,
        groups: 2,
        deformableGroups: 4,
        first: 3,
        count: 9,
      },
    },
    'four groups of one deformable group': {
      inputs: { samples: [1, 54, 4, 5], dcolumns: [1, 4, 20, 18] },
      options: {
        image: [1, 4, 5, 8],
        shape: [8, 3, 3, 2],
        padding: 1,
        groups: 4,
        deformableGroups: 2,
        first: 0,
        count: 20,
      },
    },
    'images past 256 KiB': {
      inputs: { samples: [3, 3, 25, 30], dcolumns: [3, 1, 50, 64] },
      options: { image: [3, 25, 30, 64], shape: [1, 1, 1, 64], first: 100, count: 50 },
    },
  },
  bench: {
    'a range of p4 of GLIP-T at 800x1344': {
      inputs: { samples: [1, 27, 50, 84], dcolumns: [1, 1, 3640, 2304] },
      options: { image: [1, 50, 84, 256], shape: [256, 3, 3, 256], padding: 1, first: 0, count: 3640 },
    },
  },
});
