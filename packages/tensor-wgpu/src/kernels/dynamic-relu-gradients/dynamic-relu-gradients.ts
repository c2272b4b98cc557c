import { defineKernel } from '../../kernel.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import wgsl from './dynamic-relu-gradients.wgsl';
import thetaWgsl from './theta-gradient.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'dynamic-relu-gradients',
    variant: `dynamic-relu-gradients ${element}`,
    wgsl: [`alias x_element = ${element};\n`, wgsl],
    reads: ['x', 'theta', 'dy'],
    writes: ['dx', 'sums'],
    params: { images: 'u32', pixels: 'u32', channels: 'u32', chunks: 'u32', chunk: 'u32' },
    invocations: ({ images, chunks, channels }) => images * chunks * channels,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

const defineTheta = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'dynamic-relu-theta',
    variant: `dynamic-relu-theta ${element}`,
    wgsl: [`alias x_element = ${element};\n`, thetaWgsl],
    reads: ['sums', 'theta'],
    writes: ['dtheta'],
    params: { images: 'u32', channels: 'u32', chunks: 'u32' },
    invocations: ({ images, channels }) => images * 4 * channels,
  });
const thetaScalars = /* @__PURE__ */ defineTheta('f32');
const thetaQuads = /* @__PURE__ */ defineTheta('vec4f');

const MIN_CHUNK = 8; // pixels

/**
 * The gradients of `dynamicRelu`.
 *
 * @param x      [B, H, W, C]
 * @param theta  [B, 4 C]
 * @param dy     [B, H, W, C]
 * @returns      of x and of theta, shaped as they are
 * @throws ShapeError unless dy is like x
 */
export function dynamicReluGradients(
  x: Tensor,
  theta: Tensor,
  dy: Tensor,
): { readonly dx: Tensor; readonly dtheta: Tensor } {
  expectShape('dynamicReluGradients', { dy }, x.shape);
  const { device } = x;
  const [images, height, width, channels] = x.shape;
  const pixels = height * width;
  const chunk = Math.max(MIN_CHUNK, Math.ceil(Math.sqrt(pixels)));
  const chunks = Math.ceil(pixels / chunk);
  const [dx, dtheta] = [device.empty(x.shape), device.empty(theta.shape)];
  const sums = device.empty([images, chunks, 4, channels]);
  const vec4 = channels % 4 === 0;
  const length = vec4 ? channels / 4 : channels;
  const [image, part, own] = [pixels * channels, 4 * chunks * channels, 4 * channels];
  (vec4 ? quads : scalars).dispatch(
    { x, theta, dy, dx, sums },
    { images, pixels, channels: length, chunks, chunk },
    { slice: { param: 'images', per: { x: image, theta: own, dy: image, dx: image, sums: part } } },
  );
  (vec4 ? thetaQuads : thetaScalars).dispatch(
    { sums, theta, dtheta },
    { images, channels: length, chunks },
    { slice: { param: 'images', per: { sums: part, theta: own, dtheta: own } } },
  );
  sums.dispose();
  return { dx, dtheta };
}
