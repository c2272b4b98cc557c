import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { isTracked } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { channelMoments } from '../channel-moments/channel-moments.ts';
import { add, affine, div, mul, sqrt, square, sub } from '../elementwise/elementwise.ts';
import { groupNormAffine } from '../group-norm-affine/group-norm-affine.ts';
import { rearrange } from '../rearrange/rearrange.ts';
import { mean } from '../reduce/reduce.ts';
import { reshape } from '../reshape.ts';
import wgsl from './group-norm.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'group-norm',
    variant: `group-norm ${element}`,
    wgsl: [`alias element = ${element};\n`, wgsl],
    reads: ['x', 'affine'],
    writes: ['y'],
    params: { batch: 'u32', pixels: 'u32', channels: 'u32', chunk: 'u32', chunks: 'u32' },
    invocations: ({ batch, channels, chunks }) => batch * channels * chunks,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

const CHUNK = 8; // pixels

/**
 * Normalises each group of channels over all pixels to mean 0 and variance 1, then scales and shifts each channel.
 * https://arxiv.org/abs/1803.08494
 *
 * @param x       [B, H, W, C]
 * @param weight  [C]
 * @param bias    [C]
 * @param groups  divides C
 * @param eps     added to the variance
 * @returns       [B, H, W, C]
 * @throws ShapeError if the shapes do not fit
 */
export function groupNorm(x: Tensor, weight: Tensor, bias: Tensor, groups: number, eps = 1e-5): Tensor {
  expectRank('groupNorm', 'x', x, 4);
  const [batch, height, width, channels] = x.shape;
  expectShape('groupNorm', { weight, bias }, [channels]);
  if (channels % groups !== 0) {
    throw new ShapeError(`groupNorm: ${groups} groups do not divide the channels of [${x.shape}]`);
  }
  if (isTracked(x, weight, bias)) return unfused(x, weight, bias, groups, eps);
  const moments = channelMoments(x);
  const factors = groupNormAffine(moments, weight, bias, { groups, eps });
  const y = x.device.empty(x.shape);
  const vec4 = channels % 4 === 0;
  const pixels = height * width;
  (vec4 ? quads : scalars).dispatch(
    { x, affine: factors, y },
    {
      batch,
      pixels,
      channels: vec4 ? channels / 4 : channels,
      chunk: CHUNK,
      chunks: Math.ceil(pixels / CHUNK),
    },
    {
      slice: {
        param: 'batch',
        per: { x: pixels * channels, affine: 3 * channels, y: pixels * channels },
      },
    },
  );
  for (const tensor of [moments, factors]) tensor.dispose();
  return y;
}

function unfused(x: Tensor, weight: Tensor, bias: Tensor, groups: number, eps: number): Tensor {
  const [, , width] = x.shape;
  const grouped = rearrange(x, 'B H W (groups C) -> B groups (H W C)', { groups });
  const centered = sub(grouped, mean(grouped, [2, 2]));
  const deviation = sqrt(affine(mean(square(centered), [2, 2]), 1, eps));
  const normal = rearrange(div(centered, deviation), 'B groups (H W C) -> B H W (groups C)', {
    W: width,
    C: x.dim(3) / groups,
  });
  return add(mul(normal, reshape(weight, [1, 1, 1, x.dim(3)])), bias);
}
