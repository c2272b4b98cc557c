import { kernelSpec, NdArray } from '../../testing/index.ts';
import { affine } from '../elementwise/elementwise.ts';
import { deformGradients } from './deform-conv2d-gradients.ts';
import { type DeformGeometry, deformShape } from './deform-shape.ts';
import { sampleAt } from './reference.ts';

interface Options extends DeformGeometry {
  /** Factor of the samples, which are below 1 otherwise. */
  readonly reach?: number;
}

export default kernelSpec({
  name: 'deform-conv2d-gradients',
  inputs: ['x', 'weight', 'samples', 'dy'],
  differentiable: [],
  backwardOf: 'deform-conv2d',
  run({ x, weight, samples, dy }, { reach = 1, ...options }: Options) {
    const shape = deformShape('deformGradients', x.shape, weight.shape, samples.shape, options);
    const given = { x, weight, samples: affine(samples, reach, 0), dy };
    return deformGradients(given, shape, [true, true, true, true]).filter((found) => found !== null);
  },

  reference({ x, weight, samples, dy }, { reach = 1, ...options }) {
    const shape = deformShape('deformGradients', x.shape, weight.shape, samples.shape, options);
    const { batch, rows, taps, outputs, groups } = shape;
    const [total, channels] = [x.shape[3], weight.shape[3]];
    const scaled = new NdArray(
      samples.shape,
      samples.data.map((value) => value * reach),
    );
    const [dx, dweight, dsamples] = [x, weight, samples].map(({ shape }) => new NdArray(shape));
    const dbias = NdArray.fill([outputs], (o) => {
      let total = 0;
      for (let at = o; at < dy.data.length; at += outputs) total += dy.data[at];
      return total;
    });
    for (let n = 0; n < batch; n++) {
      for (let row = 0; row < rows; row++) {
        for (let position = 0; position < taps; position++) {
          for (let channel = 0; channel < total; channel++) {
            const { mask, at, corners } = sampleAt(scaled, shape, [n, channel, position, row]);
            const pixels = corners.map(({ row, col }) => x.at(n, row, col, channel));
            const value = corners.reduce((sum, { weight }, i) => sum + weight * x.data[pixels[i]], 0);
            // The sampled input that the weight is multiplied by here, and its gradient.
            let d = 0;
            const first = Math.floor(channel / channels) * (outputs / groups);
            for (let o = first; o < first + outputs / groups; o++) {
              const w = (o * taps + position) * channels + (channel % channels);
              const dyHere = dy.data[(n * rows + row) * outputs + o];
              d += weight.data[w] * dyHere;
              dweight.data[w] += mask * value * dyHere;
            }
            for (const [i, { weight, byRow, byCol }] of corners.entries()) {
              const dot = d * x.data[pixels[i]];
              dx.data[pixels[i]] += mask * weight * d;
              dsamples.data[at[0]] += mask * byRow * dot;
              dsamples.data[at[1]] += mask * byCol * dot;
              dsamples.data[at[2]] += weight * dot;
            }
          }
        }
      }
    }
    return [dx, dweight, dsamples, dbias];
  },
  tolerance: {
    rtol: 2e-5,
    atol: 2e-4,
    because: 'sums of up to 4200 terms, past 50, of bilinear weights that are differences of f32 coordinates',
  },

  cases: {
    'one element': {
      inputs: { x: [1, 1, 1, 1], weight: [1, 1, 1, 1], samples: [1, 3, 1, 1], dy: [1, 1, 1, 1] },
      options: {},
    },
    'odd sizes': {
      inputs: { x: [2, 5, 7, 3], weight: [5, 3, 3, 3], samples: [2, 27, 5, 7], dy: [2, 5, 7, 5] },
      options: { padding: 1 },
    },
    'offsets of several pixels at stride 2': {
      inputs: { x: [2, 7, 9, 4], weight: [8, 3, 3, 4], samples: [2, 27, 4, 5], dy: [2, 4, 5, 8] },
      options: { padding: 1, stride: 2, reach: 4 },
    },
    'kernel of 2 x 3 at stride 3, dilated by 2': {
      inputs: { x: [2, 8, 9, 3], weight: [5, 2, 3, 3], samples: [2, 18, 3, 3], dy: [2, 3, 3, 5] },
      options: { stride: 3, dilation: 2, padding: 1, reach: 2 },
    },
    'groups, samples larger than the result': {
      inputs: { x: [2, 3, 4, 8], weight: [16, 3, 3, 4], samples: [2, 54, 5, 7], dy: [2, 3, 4, 16] },
      options: { padding: 1, groups: 2, deformableGroups: 2 },
    },
    'columns past 256 KiB': {
      inputs: { x: [1, 12, 10, 72], weight: [8, 3, 3, 72], samples: [1, 27, 12, 10], dy: [1, 12, 10, 8] },
      options: { padding: 1 },
    },
    'columns of two groups past 256 KiB': {
      inputs: { x: [1, 10, 6, 144], weight: [16, 3, 3, 72], samples: [1, 27, 10, 6], dy: [1, 10, 6, 16] },
      options: { padding: 1, groups: 2 },
    },
    'f16 weights': {
      inputs: {
        x: [1, 5, 7, 4],
        weight: { shape: [8, 3, 3, 4], dtype: 'f16' },
        samples: [1, 27, 5, 7],
        dy: [1, 5, 7, 8],
      },
      options: { padding: 1 },
    },
  },
  bench: {
    'p4 of GLIP-T at 800x1344': {
      inputs: {
        x: [1, 50, 84, 256],
        weight: [256, 3, 3, 256],
        samples: [1, 27, 50, 84],
        dy: [1, 50, 84, 256],
      },
      options: { padding: 1 },
    },
  },
});
