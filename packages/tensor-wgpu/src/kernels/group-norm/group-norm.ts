import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { isTracked } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { add, affine, div, mul, sqrt, square, sub } from '../elementwise/elementwise.ts';
import { rearrange } from '../rearrange/rearrange.ts';
import { mean } from '../reduce/reduce.ts';
import { reshape } from '../reshape.ts';
import wgsl from './group-norm.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'group-norm',
  wgsl: [wgsl],
  reads: ['x', 'weight', 'bias', 'partial', 'merged'],
  writes: ['stats', 'y'],
  params: {
    batch: 'u32',
    pixels: 'u32',
    channels: 'u32',
    groups: 'u32',
    chunks: 'u32',
    chunk: 'u32',
    eps: 'f32',
    work: 'u32',
  },
  invocations: ({ work }) => work,
});

const CHUNK = 64; // pixels

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
  const { device } = x;
  const pixels = height * width;
  const chunks = Math.ceil(pixels / CHUNK);
  const partial = device.empty([batch, chunks, groups, 2]);
  const merged = device.empty([batch, groups, 2]);
  const y = device.empty(x.shape);
  const unused = device.empty([4]); // a buffer may not be read and written in one dispatch
  const none = {
    x: device.nothing,
    partial: device.nothing,
    merged: device.nothing,
    stats: unused,
    y: unused,
  };
  const sizes = { batch, pixels, channels, groups, chunks, chunk: CHUNK, eps };
  const pass = (PASS: number, tensors: Partial<typeof none>, work: number): void =>
    kernel.dispatch({ ...none, ...tensors, weight, bias }, { ...sizes, work }, { constants: { PASS } });
  pass(0, { x, stats: partial }, batch * chunks * groups);
  pass(1, { partial, stats: merged }, batch * groups);
  pass(2, { x, merged, y }, x.size);
  for (const tensor of [partial, merged, unused]) tensor.dispose();
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
