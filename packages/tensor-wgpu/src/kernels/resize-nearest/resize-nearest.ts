import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { expectRank, type Tensor } from '../../tensor.ts';
import { resizeNearestInput } from '../resize-nearest-input/resize-nearest-input.ts';
import wgsl from './resize-nearest.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'resize-nearest',
    variant: `resize-nearest ${element}`,
    wgsl: [`alias x_element = ${element};\nalias y_element = ${element};\n`, wgsl],
    reads: ['x'],
    writes: ['y'],
    params: {
      images: 'u32',
      height: 'u32',
      width: 'u32',
      out_height: 'u32',
      out_width: 'u32',
      channels: 'u32',
    },
    invocations: ({ images, out_height, out_width, channels }) => images * out_height * out_width * channels,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

/**
 * Resizes by copying the pixel at floor(out * in / size), as PyTorch's 'nearest' does.
 *
 * @param x  [B, H, W, C]
 * @returns  [B, height, width, C]
 */
export function resizeNearest(x: Tensor, height: number, width: number): Tensor {
  expectRank('resizeNearest', 'x', x, 4);
  if (!(height >= 1 && width >= 1))
    throw new ShapeError(`resizeNearest: size is ${height} x ${width}, expected at least 1 x 1`);
  const [batch, ownHeight, ownWidth, channels] = x.shape;
  const y = x.device.empty([batch, height, width, channels]);
  const vec4 = channels % 4 === 0;
  (vec4 ? quads : scalars).dispatch(
    { x, y },
    {
      images: batch,
      height: ownHeight,
      width: ownWidth,
      out_height: height,
      out_width: width,
      channels: vec4 ? channels / 4 : channels,
    },
    { slice: { param: 'images', per: { x: x.size / batch, y: y.size / batch } } },
  );
  return record(y, [x], [], (dy) => [resizeNearestInput(x.shape, dy)]);
}
