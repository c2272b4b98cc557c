import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { expectRank, sizeOf, type Tensor } from '../../tensor.ts';
import { dynamicReluGradients } from '../dynamic-relu-gradients/dynamic-relu-gradients.ts';
import wgsl from './dynamic-relu.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'dynamic-relu',
    variant: `dynamic-relu ${element}`,
    wgsl: [`alias x_element = ${element};\n`, wgsl],
    reads: ['x', 'theta'],
    writes: ['y'],
    params: { images: 'u32', pixels: 'u32', channels: 'u32' },
    invocations: ({ images, pixels, channels }) => images * pixels * channels,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

/**
 * A ReLU whose two slopes and offsets per channel depend on the image: max(a1 x + b1, a2 x + b2), where with
 * h = hardSigmoid(theta) a1 = 2 h1, b1 = h2 - 1/2, a2 = 2 h3 - 1, b2 = h4 - 1/2.
 * DY-ReLU-B, https://arxiv.org/abs/2003.10027, spec 2.4.3.
 *
 * @param x      [B, H, W, C]
 * @param theta  [B, 4 C], before the hard sigmoid
 * @returns      [B, H, W, C]
 * @throws ShapeError if the shapes do not fit
 */
export function dynamicRelu(x: Tensor, theta: Tensor): Tensor {
  expectRank('dynamicRelu', 'x', x, 4);
  const [images, height, width, channels] = x.shape;
  if (theta.dim(0) !== images || theta.size !== images * 4 * channels) {
    throw new ShapeError(`dynamicRelu: theta is [${theta.shape}], expected [${images}, ${4 * channels}]`);
  }
  const y = x.device.empty(x.shape);
  const vec4 = channels % 4 === 0;
  const image = sizeOf(x.shape.slice(1));
  (vec4 ? quads : scalars).dispatch(
    { x, theta, y },
    { images, pixels: height * width, channels: vec4 ? channels / 4 : channels },
    { slice: { param: 'images', per: { x: image, theta: 4 * channels, y: image } } },
  );
  return record(y, [x, theta], [], (dy) => {
    const { dx, dtheta } = dynamicReluGradients(x, theta, dy);
    return [dx, dtheta];
  });
}
