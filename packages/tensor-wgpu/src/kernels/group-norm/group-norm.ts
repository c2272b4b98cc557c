import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { isTracked, record } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { computeMoments } from '../channel-moments/channel-moments.ts';
import { computeAffine } from '../group-norm-affine/group-norm-affine.ts';
import { groupNormGradients } from '../group-norm-gradients/group-norm-gradients.ts';
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
 * Normalizes each group of channels over all pixels to mean 0 and variance 1, then scales and shifts each channel.
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
  const moments = computeMoments(x);
  const factors = computeAffine(moments, weight, bias, { groups, eps });
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
  factors.dispose();
  if (!isTracked(x, weight, bias)) moments.dispose();
  return record(y, [x, weight, bias], [moments], (dy) => {
    const { dx, dweight, dbias } = groupNormGradients({ x, moments, weight }, { groups, eps }, dy);
    return [dx, dweight, dbias];
  });
}
