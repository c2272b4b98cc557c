import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { expectRank, type Tensor } from '../../tensor.ts';
import { slice } from '../copy-axis/copy-axis.ts';
import { rearrange } from '../rearrange/rearrange.ts';
import wgsl from './patch-merge.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'patch-merge',
    variant: `patch-merge ${element}`,
    wgsl: [`alias x_element = ${element};\nalias y_element = ${element};\n`, wgsl],
    reads: ['x'],
    writes: ['y'],
    params: { images: 'u32', height: 'u32', width: 'u32', channels: 'u32' },
    invocations: ({ images, height, width, channels }) =>
      images * Math.ceil(height / 2) * Math.ceil(width / 2) * 4 * channels,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

/**
 * Squares of 2 x 2 pixels as one pixel of four times the width, in the order (0,0), (1,0), (0,1), (1,1) of
 * (row, column). Spec 2.1.
 *
 * @param x  [B, H, W, C]
 * @returns  [B, ceil(H / 2), ceil(W / 2), 4 C]
 */
export function patchMerge(x: Tensor): Tensor {
  expectRank('patchMerge', 'x', x, 4);
  const [batch, height, width, channels] = x.shape;
  const y = x.device.empty([batch, Math.ceil(height / 2), Math.ceil(width / 2), 4 * channels]);
  const vec4 = channels % 4 === 0;
  (vec4 ? quads : scalars).dispatch(
    { x, y },
    { images: batch, height, width, channels: vec4 ? channels / 4 : channels },
    { slice: { param: 'images', per: { x: x.size / batch, y: y.size / batch } } },
  );
  return record(y, [x], [], (dy) => {
    const even = rearrange(dy, 'B h w (col row C) -> B (h row) (w col) C', { row: 2, col: 2 });
    return [slice(slice(even, 1, 0, height), 2, 0, width)];
  });
}
