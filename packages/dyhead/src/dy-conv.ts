import {
  add,
  affine,
  conv2d as convolve,
  deformConv2d,
  hardSigmoid,
  mean,
  mul,
  relu,
  resizeBilinear,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import { conv2d, groupNorm, linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { dyRelu } from './dy-relu.ts';

const TAPS = 9;
const OFFSETS = 2 * TAPS;

export interface DyConvConfig {
  readonly channels: number;
  readonly normGroups: number;
  readonly normEps: number;
  /** Deformable convolutions; plain ones otherwise. The original's USE_DFCONV. True unless given. */
  readonly deformable?: boolean;
  /** Weights of the gathered maps; their plain mean otherwise. The original's USE_DYFUSE. True unless given. */
  readonly dynamicFusion?: boolean;
  /** A dynamic ReLU; a plain one otherwise. The original's USE_DYRELU. True unless given. */
  readonly dynamicRelu?: boolean;
}

/**
 * One block of the dynamic head: each level gathers itself and its two neighbours through deformable convolutions that
 * share its offsets, weighs them, and passes a dynamic ReLU. https://arxiv.org/abs/2106.08322, spec 2.4.3.
 *
 * levels, each [B, H, W, channels], finest first -> the same shapes
 */
export function dyConv(p: ParameterTree, config: DyConvConfig) {
  const { channels, deformable = true, dynamicFusion = true, dynamicRelu = true } = config;
  const branch = (i: number, stride: number) => normalizedConv(p.at('DyConv').at(i), config, stride);
  const coarser = branch(0, 1);
  const same = branch(1, 1);
  const finer = branch(2, 2);
  const offset = deformable ? conv2d(p.at('offset'), channels, OFFSETS + TAPS, 3, { padding: 1 }) : undefined;
  const weigh = dynamicFusion
    ? linear(p.at('AttnConv.1'), channels, 1, { pointwise: true, init: { normal: 0.01 } })
    : undefined;
  const activate = dynamicRelu ? dyRelu(p.at('relu'), channels) : relu;

  /** The map times how much it matters, one number for each image. */
  const weighted = (map: Tensor): Tensor =>
    weigh ? mul(map, hardSigmoid(relu(weigh(mean(map, [1, 2]))))) : map;

  return p.layer((levels: readonly Tensor[]): Tensor[] =>
    levels.map((x, l) => {
      const [, height, width] = x.shape;
      const samples = offset?.(x, { layout: 'planar', activation: 'sigmoid', activateFrom: OFFSETS });
      const maps = [weighted(same(x, samples))];
      if (l > 0) maps.push(weighted(finer(levels[l - 1], samples)));
      if (l + 1 < levels.length) {
        // The coarser map is smaller than this level's offsets, which are then read flat: spec 2.4.3, buffer rule.
        maps.push(weighted(resizeBilinear(coarser(levels[l + 1], samples), height, width)));
      }
      return activate(affine(maps.reduce(add), 1 / maps.length, 0));
    }),
  );
}

/** Convolution, deformable where it is given samples, then GroupNorm: (x [B, H, W, C], samples?) -> [B, Ho, Wo, C] */
function normalizedConv(p: ParameterTree, config: DyConvConfig, stride: number) {
  const { channels, normGroups, normEps } = config;
  const weight = p.at('conv').get('weight', [channels, channels, 3, 3], { init: 'fan-in' });
  const bias = p.at('conv').get('bias', [channels]);
  const norm = groupNorm(p.at('bn'), channels, normGroups, normEps);
  const options = { bias, stride, padding: 1 };
  return p.layer(
    (x: Tensor, samples?: Tensor): Tensor =>
      norm(samples ? deformConv2d(x, weight, samples, options) : convolve(x, weight, options)),
  );
}
