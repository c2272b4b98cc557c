import { defineKernel } from '../../kernel.ts';
import affineWgsl from './fusion-affine.wgsl';
import mapsWgsl from './fusion-maps.wgsl';
import sumsWgsl from './fusion-sums.wgsl';
import weightWgsl from './fusion-weight.wgsl';

type Element = 'f32' | 'vec4f';

const alias = (element: Element): string => `alias x_element = ${element};\n`;

const defineSums = (element: Element) =>
  defineKernel({
    name: 'dynamic-fusion-gradients',
    variant: `dynamic-fusion-gradients sums ${element}`,
    wgsl: [alias(element), sumsWgsl],
    reads: ['dy', 'x0', 'x1', 'x2'],
    writes: ['sums'],
    params: { images: 'u32', pixels: 'u32', channels: 'u32', chunks: 'u32', chunk: 'u32' },
    invocations: ({ images, chunks, channels }) => images * chunks * channels,
  });
export const sumsKernel = {
  f32: /* @__PURE__ */ defineSums('f32'),
  vec4f: /* @__PURE__ */ defineSums('vec4f'),
};

const defineMaps = (element: Element) =>
  defineKernel({
    name: 'dynamic-fusion-gradients',
    variant: `dynamic-fusion-gradients maps ${element}`,
    wgsl: [alias(element), mapsWgsl],
    reads: ['dy', 'factors'],
    writes: ['dx0', 'dx1', 'dx2'],
    params: { batch: 'u32', pixels: 'u32', channels: 'u32' },
    invocations: ({ batch, pixels, channels }) => batch * pixels * channels,
  });
export const mapsKernel = {
  f32: /* @__PURE__ */ defineMaps('f32'),
  vec4f: /* @__PURE__ */ defineMaps('vec4f'),
};

export const affineKernel = /* @__PURE__ */ defineKernel({
  name: 'dynamic-fusion-gradients',
  variant: 'dynamic-fusion-gradients affine',
  wgsl: [affineWgsl],
  reads: ['sums', 'affine', 'weight', 'bias', 'dpooled'],
  writes: ['daffine', 'dlogits'],
  params: { batch: 'u32', channels: 'u32', chunks: 'u32', map: 'u32' },
  workgroups: ({ batch }) => batch,
});

export const weightKernel = /* @__PURE__ */ defineKernel({
  name: 'dynamic-fusion-gradients',
  variant: 'dynamic-fusion-gradients weight',
  wgsl: [weightWgsl],
  reads: ['dlogits', 'affine0', 'affine1', 'affine2'],
  writes: ['dweight', 'dbias'],
  params: { batch: 'u32', channels: 'u32' },
  invocations: ({ channels }) => channels,
});
