import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { isTracked } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { add, affine, div, mul, sqrt, square, sub } from '../elementwise/elementwise.ts';
import { rearrange } from '../rearrange/rearrange.ts';
import { mean } from '../reduce/reduce.ts';
import { reshape } from '../reshape.ts';
import wgsl from './group-norm.wgsl';

const SCALARS = `alias element = f32;
const QUAD = 1u;
fn total(value: f32) -> f32 { return value; }
`;
const QUADS = `alias element = vec4f;
const QUAD = 4u;
fn total(value: vec4f) -> f32 { return value.x + value.y + value.z + value.w; }
`;

const define = (element: string) =>
  defineKernel({
    name: 'group-norm',
    variant: `group-norm ${element}`,
    wgsl: [element, wgsl],
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
      each: 'u32',
    },
    invocations: ({ batch, each }) => batch * each,
  });
const scalars = /* @__PURE__ */ define(SCALARS);
const quads = /* @__PURE__ */ define(QUADS);

const CHUNK = 64; // pixels

type Per = Readonly<Partial<Record<'x' | 'partial' | 'merged' | 'stats' | 'y', number>>>;

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
  const vec4 = (channels / groups) % 4 === 0;
  const kernel = vec4 ? quads : scalars;
  const length = vec4 ? channels / 4 : channels;
  const sizes = { batch, pixels, channels: length, groups, chunks, chunk: CHUNK, eps };
  const [image, part, whole] = [pixels * channels, 2 * chunks * groups, 2 * groups]; // elements of each image
  const pass = (PASS: number, tensors: Partial<typeof none>, each: number, per: Per): void =>
    kernel.dispatch(
      { ...none, ...tensors, weight, bias },
      { ...sizes, each },
      { constants: { PASS }, slice: { param: 'batch', per } },
    );
  pass(0, { x, stats: partial }, chunks * groups, { x: image, stats: part });
  pass(1, { partial, stats: merged }, groups, { partial: part, stats: whole });
  pass(2, { x, merged, y }, pixels * length, { x: image, merged: whole, y: image });
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
