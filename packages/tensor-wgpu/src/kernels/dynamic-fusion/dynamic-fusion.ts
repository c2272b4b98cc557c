import { coreOf } from '../../device/device.ts';
import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { isTracked, recordAll } from '../../tape.ts';
import { expectRank, expectShape, sizeOf, type Tensor } from '../../tensor.ts';
import { dynamicFusionGradients } from '../dynamic-fusion-gradients/dynamic-fusion-gradients.ts';
import { zeros } from '../elementwise/apply.ts';
import type { AffineMap, FusionAttention } from './affine-map.ts';
import sumWgsl from './dynamic-fusion.wgsl';
import factorsWgsl from './fusion-factors.wgsl';

const factorsKernel = /* @__PURE__ */ defineKernel({
  name: 'fusion-factors',
  wgsl: [factorsWgsl],
  reads: ['affine0', 'affine1', 'affine2', 'weight', 'bias'],
  writes: ['factors', 'pooled'],
  params: { batch: 'u32', channels: 'u32' },
  invocations: ({ batch, channels }) => batch * channels,
});

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'dynamic-fusion',
    variant: `dynamic-fusion ${element}`,
    wgsl: [`alias x_element = ${element};\n`, sumWgsl],
    reads: ['x0', 'x1', 'x2', 'factors'],
    writes: ['y'],
    params: { batch: 'u32', pixels: 'u32', channels: 'u32' },
    invocations: ({ batch, pixels, channels }) => batch * pixels * channels,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

const MAX_MAPS = 3; // of the kernels

/**
 * The mean of up to three maps, each scaled and shifted by channel and weighted as a whole: the scale-aware attention
 * of the dynamic head. https://arxiv.org/abs/2106.08322, spec 2.4.3.
 *
 * @param attention  weights of the maps; all are 1 without it
 * @returns          y [B, H, W, C], and its mean over all pixels, pooled [B, C]
 * @throws ShapeError if the shapes do not fit, or unless there are one to three maps
 */
export function dynamicFusion(
  maps: readonly AffineMap[],
  attention?: FusionAttention,
): { readonly y: Tensor; readonly pooled: Tensor } {
  const op = 'dynamicFusion';
  if (maps.length < 1 || maps.length > MAX_MAPS) {
    throw new ShapeError(`${op}: ${maps.length} maps, expected 1 to ${MAX_MAPS}`);
  }
  const [{ x: first, affine: firstAffine }, second = maps[0], third = maps[0]] = maps;
  expectRank(op, 'x', first, 4);
  const [batch, height, width, channels] = first.shape;
  for (const { x, affine } of maps) {
    expectShape(op, { x }, first.shape);
    expectShape(op, { affine }, [batch, 3, channels]);
  }
  if (attention) {
    expectShape(op, { weight: attention.weight }, [channels]);
    expectShape(op, { bias: attention.bias }, [1]);
  }

  const { device } = first;
  const factors = device.empty([batch, 4, channels]);
  const pooled = device.empty([batch, channels]);
  const constants = { MAPS: maps.length };
  const each = 3 * channels;
  factorsKernel.dispatch(
    {
      affine0: firstAffine,
      affine1: second.affine,
      affine2: third.affine,
      weight: attention?.weight ?? coreOf(device).placeholder,
      bias: attention?.bias ?? coreOf(device).placeholder,
      factors,
      pooled,
    },
    { batch, channels },
    {
      constants: { ...constants, WEIGHED: Number(attention !== undefined) },
      slice: {
        param: 'batch',
        per: { affine0: each, affine1: each, affine2: each, factors: 4 * channels, pooled: channels },
      },
    },
  );
  const y = device.empty(first.shape);
  const vec4 = channels % 4 === 0;
  const image = sizeOf(first.shape.slice(1));
  (vec4 ? quads : scalars).dispatch(
    { x0: first, x1: second.x, x2: third.x, factors, y },
    { batch, pixels: height * width, channels: vec4 ? channels / 4 : channels },
    {
      constants,
      slice: { param: 'batch', per: { x0: image, x1: image, x2: image, factors: 4 * channels, y: image } },
    },
  );
  const inputs = [
    ...maps.flatMap(({ x, affine }) => [x, affine]),
    ...(attention ? [attention.weight, attention.bias] : []),
  ];
  if (!isTracked(...inputs)) factors.dispose();
  recordAll([y, pooled], inputs, [factors], ([dy = zeros(y), dpooled]) => {
    const found = dynamicFusionGradients(maps, factors, { dy, dpooled }, attention);
    return [
      ...found.maps.flatMap(({ x, affine }) => [x, affine]),
      ...(found.attention ? [found.attention.weight, found.attention.bias] : []),
    ];
  });
  return { y, pooled };
}
