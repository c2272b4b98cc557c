import { defineKernel } from '../../kernel.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import wgsl from './channel-moments-input.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'channel-moments-input',
    variant: `channel-moments-input ${element}`,
    wgsl: [`alias element = ${element};\n`, wgsl],
    reads: ['x', 'moments', 'dy'],
    writes: ['dx'],
    params: { batch: 'u32', pixels: 'u32', channels: 'u32', chunk: 'u32', chunks: 'u32' },
    invocations: ({ batch, channels, chunks }) => batch * channels * chunks,
    flops: ({ batch, pixels, channels }) => (element === 'vec4f' ? 12 : 3) * batch * pixels * channels,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

const CHUNK = 8; // pixels

/**
 * The gradient of `channelMoments` for its input.
 *
 * @param x        [B, H, W, C]
 * @param moments  [B, 2, C], of x
 * @param dy       [B, 2, C]
 * @returns        [B, H, W, C]
 * @throws ShapeError if the shapes do not fit
 */
export function channelMomentsInput(x: Tensor, moments: Tensor, dy: Tensor): Tensor {
  expectRank('channelMomentsInput', 'x', x, 4);
  const [batch, height, width, channels] = x.shape;
  expectShape('channelMomentsInput', { moments, dy }, [batch, 2, channels]);
  const pixels = height * width;
  const image = pixels * channels;
  const dx = x.device.empty(x.shape);
  const vec4 = channels % 4 === 0;
  (vec4 ? quads : scalars).dispatch(
    { x, moments, dy, dx },
    {
      batch,
      pixels,
      channels: vec4 ? channels / 4 : channels,
      chunk: CHUNK,
      chunks: Math.ceil(pixels / CHUNK),
    },
    {
      slice: { param: 'batch', per: { x: image, moments: 2 * channels, dy: 2 * channels, dx: image } },
    },
  );
  return dx;
}
