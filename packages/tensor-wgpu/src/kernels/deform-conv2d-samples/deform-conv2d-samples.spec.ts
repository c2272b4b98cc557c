import { kernelSpec, NdArray } from '../../testing/index.ts';
import { type DeformGeometry, deformShape } from '../deform-conv2d/deform-shape.ts';
import { sampleAt } from '../deform-conv2d/reference.ts';
import type { RowRange } from '../deform-conv2d-columns/deform-conv2d-columns.ts';
import { full } from '../elementwise/apply.ts';
import { affine } from '../elementwise/elementwise.ts';
import { deformSamples } from './deform-conv2d-samples.ts';

interface Options extends DeformGeometry, RowRange {
  /** Of the weight. */
  readonly shape: readonly [outputs: number, height: number, width: number, channels: number];
  /** Factor of the samples, which are below 1 otherwise. */
  readonly reach?: number;
}

export default kernelSpec({
  name: 'deform-conv2d-samples',
  inputs: ['x', 'samples', 'dcolumns'],
  differentiable: [],
  backwardOf: 'deform-conv2d',
  run({ x, samples, dcolumns }, { reach = 1, ...options }: Options) {
    const shape = deformShape('deformSamples', x.shape, options.shape, samples.shape, options);
    const dsamples = full(x.device, samples.shape);
    deformSamples(x, affine(samples, reach, 0), dcolumns, dsamples, shape, options);
    return dsamples;
  },

  reference({ x, samples, dcolumns }, { reach = 1, first, count, ...options }) {
    const shape = deformShape('deformSamples', x.shape, options.shape, samples.shape, options);
    const channels = options.shape[3];
    const scaled = new NdArray(
      samples.shape,
      samples.data.map((value) => value * reach),
    );
    const dsamples = new NdArray(samples.shape);
    for (let n = 0; n < shape.batch; n++) {
      for (let row = 0; row < count; row++) {
        for (let position = 0; position < shape.taps; position++) {
          for (let channel = 0; channel < x.shape[3]; channel++) {
            const { mask, at, corners } = sampleAt(scaled, shape, [n, channel, position, first + row]);
            const column = position * channels + (channel % channels);
            const d = dcolumns.get(n, Math.floor(channel / channels), row, column);
            for (const { row, col, weight, byRow, byCol } of corners) {
              const dot = d * x.get(n, row, col, channel);
              dsamples.data[at[0]] += mask * byRow * dot;
              dsamples.data[at[1]] += mask * byCol * dot;
              dsamples.data[at[2]] += weight * dot;
            }
          }
        }
      }
    }
    return dsamples;
  },
  tolerance: { atol: 2e-5, because: 'bilinear weights are differences of f32 coordinates' },

  cases: {
    'one element': {
      inputs: { x: [1, 1, 1, 1], samples: [1, 3, 1, 1], dcolumns: [1, 1, 1, 1] },
      options: { shape: [1, 1, 1, 1], first: 0, count: 1 },
    },
    'odd sizes, a range': {
      inputs: { x: [2, 5, 7, 3], samples: [2, 27, 5, 7], dcolumns: [2, 1, 23, 27] },
      options: { shape: [5, 3, 3, 3], padding: 1, first: 4, count: 23 },
    },
    'offsets of several pixels at stride 2, past a row of lanes': {
      inputs: { x: [1, 7, 9, 68], samples: [1, 27, 4, 5], dcolumns: [1, 1, 20, 612] },
      options: { shape: [4, 3, 3, 68], padding: 1, stride: 2, reach: 4, first: 0, count: 20 },
    },
    'samples larger than the result, dilated': {
      inputs: { x: [2, 3, 4, 4], samples: [2, 27, 5, 7], dcolumns: [2, 1, 10, 36] },
      options: { shape: [4, 3, 3, 4], padding: 2, dilation: 2, first: 2, count: 10 },
    },
    'two groups of two deformable groups': {
      inputs: { x: [2, 4, 5, 16], samples: [2, 108, 4, 5], dcolumns: [2, 2, 9, 72] },
      options: { shape: [8, 3, 3, 8], padding: 1, groups: 2, deformableGroups: 4, first: 3, count: 9 },
    },
    'four groups of one deformable group': {
      inputs: { x: [1, 4, 5, 8], samples: [1, 54, 4, 5], dcolumns: [1, 4, 20, 18] },
      options: { shape: [8, 3, 3, 2], padding: 1, groups: 4, deformableGroups: 2, first: 0, count: 20 },
    },
    'f16 images': {
      inputs: {
        x: { shape: [1, 5, 7, 3], dtype: 'f16' },
        samples: [1, 27, 5, 7],
        dcolumns: [1, 1, 35, 27],
      },
      options: { shape: [5, 3, 3, 3], padding: 1, first: 0, count: 35 },
    },
    'images past 256 KiB': {
      inputs: { x: [3, 25, 30, 64], samples: [3, 3, 25, 30], dcolumns: [3, 1, 50, 64] },
      options: { shape: [1, 1, 1, 64], first: 100, count: 50 },
    },
  },
  bench: {
    'a range of p4 of GLIP-T at 800x1344': {
      inputs: { x: [1, 50, 84, 256], samples: [1, 27, 50, 84], dcolumns: [1, 1, 3640, 2304] },
      options: { shape: [256, 3, 3, 256], padding: 1, first: 0, count: 3640 },
    },
  },
});
