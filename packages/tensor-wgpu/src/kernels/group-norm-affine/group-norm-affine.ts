import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { groupNormAffineGradients } from '../group-norm-affine-gradients/group-norm-affine-gradients.ts';
import wgsl from './group-norm-affine.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'group-norm-affine',
  wgsl: [wgsl],
  reads: ['moments', 'pooled', 'weight', 'bias'],
  writes: ['affine'],
  params: { batch: 'u32', channels: 'u32', width: 'u32', eps: 'f32' },
  invocations: ({ batch, channels }) => batch * channels,
});

export interface GroupNormAffineOptions {
  readonly groups: number;
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number;
  /** [B, 2, C]: moments of the map that scale and shift will be applied to, if it is not x. */
  readonly pooled?: Tensor;
}

/**
 * GroupNorm as a scale and a shift of each channel, groupNorm(x) = x * scale + shift, so that only the consumer of the
 * result reads the map itself. https://arxiv.org/abs/1803.08494
 *
 * @param moments  [B, 2, C], of x: see channelMoments
 * @param weight   [C]
 * @param bias     [C]
 * @returns        [B, 3, C]: scale, shift, and the mean of the result over all pixels
 * @throws ShapeError if the shapes do not fit
 */
export function groupNormAffine(
  moments: Tensor,
  weight: Tensor,
  bias: Tensor,
  options: GroupNormAffineOptions,
): Tensor {
  const { groups, eps = 1e-5 } = options;
  const pooled = options.pooled === moments ? undefined : options.pooled;
  const result = computeAffine(moments, weight, bias, options);
  const inputs = [moments, weight, bias, ...(pooled ? [pooled] : [])];
  return record(result, inputs, [], (dy) => {
    const found = groupNormAffineGradients({ moments, pooled, weight }, { groups, eps }, dy);
    const { dmoments, dweight, dbias, dpooled } = found;
    return [dmoments, dweight, dbias, ...(dpooled ? [dpooled] : [])];
  });
}

/** `groupNormAffine` without recording on a tape. */
export function computeAffine(
  moments: Tensor,
  weight: Tensor,
  bias: Tensor,
  { groups, eps = 1e-5, pooled = moments }: GroupNormAffineOptions,
): Tensor {
  const op = 'groupNormAffine';
  expectRank(op, 'moments', moments, 3);
  const [batch, , channels] = moments.shape;
  expectShape(op, { moments, pooled }, [batch, 2, channels]);
  expectShape(op, { weight, bias }, [channels]);
  const width = channels / groups;
  if (!Number.isInteger(width)) {
    throw new ShapeError(`${op}: ${groups} groups do not divide the channels of [${moments.shape}]`);
  }
  const result = moments.device.empty([batch, 3, channels]);
  kernel.dispatch(
    { moments, pooled, weight, bias, affine: result },
    { batch, channels, width, eps },
    { slice: { param: 'batch', per: { moments: 2 * channels, pooled: 2 * channels, affine: 3 * channels } } },
  );
  return result;
}
