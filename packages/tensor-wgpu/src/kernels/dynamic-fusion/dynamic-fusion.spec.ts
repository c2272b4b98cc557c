import type { Tensor } from '../../tensor.ts';
import { kernelSpec, NdArray } from '../../testing/index.ts';
import { concat } from '../copy-axis/copy-axis.ts';
import { reshape } from '../reshape.ts';
import { dynamicFusion } from './dynamic-fusion.ts';

const MAPS = ['0', '1', '2'] as const;

/** Both results in one tensor, [B, H * W + 1, C]: gradients are checked through one output. */
function joined({ y, pooled }: { readonly y: Tensor; readonly pooled: Tensor }): Tensor {
  const [batch, height, width, channels] = y.shape;
  const rows = reshape(y, [batch, height * width, channels]);
  return concat([rows, reshape(pooled, [batch, 1, channels])], 1);
}

export default kernelSpec({
  name: 'dynamic-fusion',
  inputs: ['x0', 'affine0', 'x1', 'affine1', 'x2', 'affine2', 'weight', 'bias'],
  differentiable: ['x0', 'affine0', 'x1', 'affine1', 'x2', 'affine2', 'weight', 'bias'],
  run: (inputs) => {
    const maps = MAPS.filter((i) => inputs[`x${i}`]).map((i) => ({
      x: inputs[`x${i}`],
      affine: inputs[`affine${i}`],
    }));
    return joined(dynamicFusion(maps, inputs.weight && { weight: inputs.weight, bias: inputs.bias }));
  },
  reference(inputs) {
    const maps = MAPS.filter((i) => inputs[`x${i}`]).map((i) => ({
      x: inputs[`x${i}`],
      affine: inputs[`affine${i}`],
    }));
    const [batch, height, width, channels] = maps[0].x.shape;
    const share = (affine: NdArray, b: number): number => {
      if (!inputs.weight) return 1 / maps.length;
      let logit = inputs.bias.data[0];
      for (let c = 0; c < channels; c++) logit += affine.get(b, 2, c) * inputs.weight.data[c];
      return Math.min(Math.max(Math.max(logit, 0) + 3, 0), 6) / 6 / maps.length;
    };
    return NdArray.fill([batch, height * width + 1, channels], (b, i, c) =>
      maps.reduce((sum, { x, affine }) => {
        const normal =
          i < height * width
            ? x.data[(b * height * width + i) * channels + c] * affine.get(b, 0, c) + affine.get(b, 1, c)
            : affine.get(b, 2, c);
        return sum + share(affine, b) * normal;
      }, 0),
    );
  },
  cases: {
    'one element': { inputs: { x0: [1, 1, 1, 1], affine0: [1, 3, 1], weight: [1], bias: [1] } },
    'two maps, odd sizes': {
      inputs: {
        x0: [2, 3, 5, 7],
        affine0: [2, 3, 7],
        x1: [2, 3, 5, 7],
        affine1: [2, 3, 7],
        weight: [7],
        bias: [1],
      },
    },
    'three maps of quads, past a workgroup': {
      inputs: {
        x0: [2, 5, 7, 72],
        affine0: [2, 3, 72],
        x1: [2, 5, 7, 72],
        affine1: [2, 3, 72],
        x2: [2, 5, 7, 72],
        affine2: [2, 3, 72],
        weight: [72],
        bias: [1],
      },
    },
    'three maps that count alike': {
      inputs: {
        x0: [1, 3, 3, 4],
        affine0: [1, 3, 4],
        x1: [1, 3, 3, 4],
        affine1: [1, 3, 4],
        x2: [1, 3, 3, 4],
        affine2: [1, 3, 4],
      },
    },
    'images past 256 KiB': {
      inputs: { x0: [12, 14, 14, 32], affine0: [12, 3, 32], weight: [32], bias: [1] },
    },
  },
  bench: {
    'p3 of GLIP-T at 800x1344': {
      inputs: {
        x0: [1, 100, 168, 256],
        affine0: [1, 3, 256],
        x1: [1, 100, 168, 256],
        affine1: [1, 3, 256],
        weight: [256],
        bias: [1],
      },
    },
  },
});
