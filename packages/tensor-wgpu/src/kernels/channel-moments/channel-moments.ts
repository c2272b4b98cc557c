import { coreOf } from '../../device/device.ts';
import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { expectRank, type Tensor } from '../../tensor.ts';
import { channelMomentsInput } from '../channel-moments-input/channel-moments-input.ts';
import wgsl from './channel-moments.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'channel-moments',
    variant: `channel-moments ${element}`,
    wgsl: [`alias x_element = ${element};\n`, wgsl],
    reads: ['x', 'partial'],
    writes: ['moments'],
    params: { batch: 'u32', pixels: 'u32', channels: 'u32', chunks: 'u32', chunk: 'u32', each: 'u32' },
    invocations: ({ batch, each }) => batch * each,
    flops: ({ batch, pixels, channels }) => 4 * batch * pixels * channels,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

const MIN_CHUNK = 16; // pixels

/**
 * Mean and variance of each channel over all pixels, which normalizations and poolings of a feature map share.
 *
 * @param x  [B, H, W, C]
 * @returns  [B, 2, C]: the means, then the mean squared deviations
 */
export function channelMoments(x: Tensor): Tensor {
  expectRank('channelMoments', 'x', x, 4);
  const moments = computeMoments(x);
  return record(moments, [x], [moments], (dy) => [channelMomentsInput(x, moments, dy)]);
}

/** `channelMoments` without recording on a tape. */
export function computeMoments(x: Tensor): Tensor {
  const [batch, height, width, channels] = x.shape;
  const { device } = x;
  const pixels = height * width;
  const chunk = Math.max(MIN_CHUNK, Math.ceil(Math.sqrt(pixels)));
  const chunks = Math.ceil(pixels / chunk);
  const partial = device.empty([batch, chunks, 2, channels]);
  const moments = device.empty([batch, 2, channels]);
  const vec4 = channels % 4 === 0;
  const length = vec4 ? channels / 4 : channels;
  const kernel = vec4 ? quads : scalars;
  const sizes = { batch, pixels, channels: length, chunks, chunk };
  const [image, part, whole] = [pixels * channels, 2 * chunks * channels, 2 * channels];
  kernel.dispatch(
    { x, partial: coreOf(device).placeholder, moments: partial },
    { ...sizes, each: chunks * length },
    { constants: { PASS: 0 }, slice: { param: 'batch', per: { x: image, moments: part } } },
  );
  kernel.dispatch(
    { x: coreOf(device).placeholder, partial, moments },
    { ...sizes, each: length },
    { constants: { PASS: 1 }, slice: { param: 'batch', per: { partial: part, moments: whole } } },
  );
  partial.dispose();
  return moments;
}
