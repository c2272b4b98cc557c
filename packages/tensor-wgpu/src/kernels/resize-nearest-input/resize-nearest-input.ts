import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { expectRank, type Shape, type Tensor } from '../../tensor.ts';
import wgsl from './resize-nearest-input.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'resize-nearest-input',
    variant: `resize-nearest-input ${element}`,
    wgsl: [`alias element = ${element};\n`, wgsl],
    reads: ['dy'],
    writes: ['dx'],
    params: {
      images: 'u32',
      height: 'u32',
      width: 'u32',
      out_height: 'u32',
      out_width: 'u32',
      channels: 'u32',
    },
    invocations: ({ images, height, width, channels }) => images * height * width * channels,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

/**
 * The gradient of `resizeNearest` for its input.
 *
 * @param shape  [B, H, W, C] of the input
 * @param dy     [B, height, width, C]
 * @returns      [B, H, W, C]
 * @throws ShapeError if the shapes do not fit
 */
export function resizeNearestInput(shape: Shape, dy: Tensor): Tensor {
  expectRank('resizeNearestInput', 'dy', dy, 4);
  const [batch, height, width, channels] = shape;
  const [images, outHeight, outWidth, depth] = dy.shape;
  if (images !== batch || depth !== channels) {
    throw new ShapeError(`resizeNearestInput: dy [${dy.shape}] does not fit an input of [${shape}]`);
  }
  const dx = dy.device.empty(shape);
  const vec4 = channels % 4 === 0;
  (vec4 ? quads : scalars).dispatch(
    { dy, dx },
    {
      images,
      height,
      width,
      out_height: outHeight,
      out_width: outWidth,
      channels: vec4 ? channels / 4 : channels,
    },
    { slice: { param: 'images', per: { dy: dy.size / images, dx: dx.size / images } } },
  );
  return dx;
}
