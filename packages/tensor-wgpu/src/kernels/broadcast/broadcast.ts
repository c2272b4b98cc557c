import { defineKernel } from '../../kernel.ts';
import type { Shape, Tensor } from '../../tensor.ts';
import wgsl from './broadcast.wgsl';
import { broadcastAxes, inQuads } from './broadcast-axes.ts';

const define = (x: 'f32' | 'vec4f', y: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'broadcast',
    variant: `broadcast ${x} ${y}`,
    wgsl: [`alias x_element = ${x};\nalias y_element = ${y};\n`, wgsl],
    reads: ['x'],
    writes: ['y'],
    params: {
      first: 'u32',
      size: 'u32',
      d1: 'u32',
      d2: 'u32',
      d3: 'u32',
      s0: 'u32',
      s1: 'u32',
      s2: 'u32',
      s3: 'u32',
      factor: 'f32',
    },
    invocations: ({ size }) => size,
  });
const numbers = /* @__PURE__ */ define('f32', 'f32');
const quads = /* @__PURE__ */ define('vec4f', 'vec4f');
const splats = /* @__PURE__ */ define('f32', 'vec4f');

/** factor * x, repeated along axes of length 1, and leading ones that it lacks, to this shape. Without a gradient. */
export function broadcast(x: Tensor, shape: Shape, factor: number): Tensor {
  const y = x.device.empty(shape);
  const axes = broadcastAxes('broadcast', shape, [x.shape]);
  const four = inQuads(axes);
  const { lengths, strides } = four ?? axes;
  const [, d1, d2, d3] = lengths;
  const [[s0, s1, s2, s3]] = strides;
  const each = four ? 4 : 1;
  const kernel = four ? (s3 === 0 ? splats : quads) : numbers;
  kernel.dispatch(
    { x, y },
    { first: 0, size: y.size / each, d1, d2, d3, s0, s1, s2, s3, factor },
    { slice: { param: 'size', start: 'first', per: { y: each } } },
  );
  return y;
}
