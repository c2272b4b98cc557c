import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { isTracked } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { concat, slice } from '../copy-axis/copy-axis.ts';
import { add, affine, div, mul, sqrt, square, sub } from '../elementwise/elementwise.ts';
import { mean } from '../reduce/reduce.ts';
import { reshape } from '../reshape.ts';
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
  /** Added to the variance; 1e-5 unless given. */
  readonly eps?: number;
  /** [B, 2, C]: moments of the map that scale and shift will be applied to, where it is another one. */
  readonly pooled?: Tensor;
}

/**
 * GroupNorm as what it does to each channel, groupNorm(x) = x * scale + shift, so that the map itself is read only by
 * whoever uses the result. https://arxiv.org/abs/1803.08494
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
  if (isTracked(moments, pooled, weight, bias)) return unfused(moments, pooled, weight, bias, groups, eps);
  const result = moments.device.empty([batch, 3, channels]);
  kernel.dispatch(
    { moments, pooled, weight, bias, affine: result },
    { batch, channels, width, eps },
    { slice: { param: 'batch', per: { moments: 2 * channels, pooled: 2 * channels, affine: 3 * channels } } },
  );
  return result;
}

function unfused(
  moments: Tensor,
  pooled: Tensor,
  weight: Tensor,
  bias: Tensor,
  groups: number,
  eps: number,
): Tensor {
  const [batch, , channels] = moments.shape;
  const byGroup = (x: Tensor): Tensor => reshape(x, [batch, groups, channels / groups]);
  const means = byGroup(slice(moments, 1, 0, 1));
  const average = mean(means, [2, 2]); // [B, groups, 1]
  const spread = add(byGroup(slice(moments, 1, 1, 1)), square(sub(means, average)));
  const deviation = sqrt(affine(mean(spread, [2, 2]), 1, eps));
  const scale = div(byGroup(repeat(weight, batch)), deviation);
  const shift = sub(byGroup(repeat(bias, batch)), mul(scale, average));
  const pooledMean = add(mul(byGroup(slice(pooled, 1, 0, 1)), scale), shift);
  const row = (x: Tensor): Tensor => reshape(x, [batch, 1, channels]);
  return concat([scale, shift, pooledMean].map(row), 1);
}

/** [C] -> [B, C] */
function repeat(x: Tensor, batch: number): Tensor {
  const row = reshape(x, [1, x.size]);
  return concat(
    Array.from({ length: batch }, () => row),
    0,
  );
}
