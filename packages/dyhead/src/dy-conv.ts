import {
  type AffineMap,
  channelMoments,
  conv2d as convolve,
  deformConv2d,
  dynamicFusion,
  groupNormAffine,
  relu,
  reshape,
  resizeBilinear,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import { conv2d, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { dyRelu } from './dy-relu.ts';

const TAPS = 9;
const OFFSETS = 2 * TAPS;

export interface DyConvConfig {
  readonly channels: number;
  readonly normGroups: number;
  readonly normEps: number;
  /** Deformable convolutions; plain ones otherwise. The original's USE_DFCONV. True by default. */
  readonly deformable?: boolean;
  /** Weights of the gathered maps; their plain mean otherwise. The original's USE_DYFUSE. True by default. */
  readonly dynamicFusion?: boolean;
  /** A dynamic ReLU; a plain one otherwise. The original's USE_DYRELU. True by default. */
  readonly dynamicRelu?: boolean;
}

export interface DyConvOptions {
  /**
   * Called with the offsets and masks of each level's deformable convolutions, planar [B, 27, H, W]: see `deformConv2d`.
   * They are freed with the layer's own tensors unless kept.
   */
  readonly onSamples?: ((samples: Tensor, level: number) => void) | undefined;
}

/**
 * One block of the dynamic head: each level gathers itself and its two neighbors through deformable convolutions that
 * share its offsets, weighs them, and applies a dynamic ReLU. https://arxiv.org/abs/2106.08322, spec 2.4.3.
 *
 * (levels, each [B, H, W, channels], finest first, options?) -> the same shapes
 */
export function dyConv(p: ParameterTree, config: DyConvConfig) {
  const { channels, deformable = true, dynamicFusion: weighsMaps = true, dynamicRelu = true } = config;
  const branch = (i: number, stride: number) => normalizedConv(p.at('DyConv').at(i), config, stride);
  const coarser = branch(0, 1);
  const same = branch(1, 1);
  const finer = branch(2, 2);
  const offset = deformable ? conv2d(p.at('offset'), channels, OFFSETS + TAPS, 3, { padding: 1 }) : undefined;
  const attend = p.at('AttnConv.1');
  const weight = weighsMaps
    ? attend.get('weight', [1, channels, 1, 1], { init: { normal: 0.01 } })
    : undefined;
  const bias = weight && attend.get('bias', [1]);
  const activate = dynamicRelu ? dyRelu(p.at('relu'), channels) : relu;

  return p.layer((levels: readonly Tensor[], { onSamples }: DyConvOptions = {}): Tensor[] => {
    const attention = weight && bias && { weight: reshape(weight, [channels]), bias }; // here, for the tape
    return levels.map((x, l) => {
      const [, height, width] = x.shape;
      const samples = offset?.(x, { layout: 'planar', activation: 'sigmoid', activateFrom: OFFSETS });
      if (samples) onSamples?.(samples, l);
      const maps = [same(x, samples)];
      if (l > 0) maps.push(finer(levels[l - 1], samples));
      // The coarser map is smaller than this level's offsets, which are then read flat: spec 2.4.3, buffer rule.
      if (l + 1 < levels.length) maps.push(coarser(levels[l + 1], samples, [height, width]));
      const { y, pooled } = dynamicFusion(maps, attention);
      return activate(y, pooled);
    });
  });
}

/**
 * Convolution, deformable if given samples, resized if given a size, and the scale and shift that its GroupNorm applies
 * to each channel, which resizing does not change:
 * (x [B, H, W, C], samples?, size?) -> map [B, Ho, Wo, C] and its affine
 */
function normalizedConv(p: ParameterTree, config: DyConvConfig, stride: number) {
  const { channels, normGroups: groups, normEps: eps } = config;
  const weight = p.at('conv').get('weight', [channels, channels, 3, 3], { init: 'fan-in' });
  const bias = p.at('conv').get('bias', [channels]);
  const normWeight = p.at('bn').get('weight', [channels], { init: { constant: 1 } });
  const normBias = p.at('bn').get('bias', [channels]);
  const options = { bias, stride, padding: 1 };
  return p.layer((x: Tensor, samples?: Tensor, size?: readonly [number, number]): AffineMap => {
    const map = samples ? deformConv2d(x, weight, samples, options) : convolve(x, weight, options);
    const moments = channelMoments(map);
    const resized = size ? resizeBilinear(map, ...size) : map;
    const pooled = size ? channelMoments(resized) : moments;
    return { x: resized, affine: groupNormAffine(moments, normWeight, normBias, { groups, eps, pooled }) };
  });
}
