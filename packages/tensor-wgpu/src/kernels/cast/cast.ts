import { ShapeError } from '../../errors.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { scope } from '../../scope.ts';
import { record } from '../../tape.ts';
import type { DType, Tensor } from '../../tensor.ts';
import { dequantizeTensor } from '../dequantize/dequantize.ts';
import { reshape } from '../reshape.ts';
import wgsl from './cast.wgsl';

const QUADS = { f32: 'vec4f', i32: 'vec4i', u32: 'vec4u', f16: 'f16x4' } as const;

type Stored = keyof typeof QUADS;

const kernels = new Map<string, Kernel<'x', 'y', 'quads'>>();

function kernelFor(from: Stored, to: Stored): Kernel<'x', 'y', 'quads'> {
  const variant = `cast ${from} ${to}`;
  const known = kernels.get(variant);
  if (known) return known;
  const value = from === 'f16' ? 'vec4f(unpack2x16float(x.x), unpack2x16float(x.y))' : 'x';
  const result =
    to === 'f16'
      ? `let v = vec4f(${value});\n  return vec2u(pack2x16float(v.xy), pack2x16float(v.zw));`
      : `return ${QUADS[to]}(${value});`;
  const kernel = defineKernel({
    name: 'cast',
    variant,
    wgsl: [
      `alias x_element = ${QUADS[from]};\nalias y_element = ${QUADS[to]};\n`,
      `fn converted(x: x_element) -> y_element {\n  ${result}\n}\n`,
      wgsl,
    ],
    reads: ['x'],
    writes: ['y'],
    params: { quads: 'u32' },
    invocations: ({ quads }) => quads,
  });
  kernels.set(variant, kernel);
  return kernel;
}

/**
 * The same numbers in another type: floats are truncated to integers and clamped to the range of the
 * type; f16 rounds, and becomes infinite beyond 65504. Differentiable from float to float.
 *
 * @throws ShapeError for another dtype to q8, which the CPU's `quantize` makes
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return reshape(x, x.shape);
  if (dtype === 'q8') throw new ShapeError(`cast: ${x.dtype} to q8 is done by quantize, on the CPU`);
  if (x.dtype === 'q8') {
    return dtype === 'f32' ? dequantizeTensor(x) : scope(() => cast(dequantizeTensor(x), dtype));
  }
  const y = x.device.empty(x.shape, dtype);
  castInto(x, y);
  const isFloat = [x.dtype, dtype].every((type) => type === 'f32' || type === 'f16');
  return isFloat ? record(y, [x], [], (dy) => [cast(dy, x.dtype)]) : y;
}

/** Writes the numbers of x to y, which has its size and neither is q8. */
export function castInto(x: Tensor, y: Tensor): void {
  kernelFor(x.dtype as Stored, y.dtype as Stored).dispatch(
    { x, y },
    { quads: Math.ceil(x.size / 4) },
    { slice: { param: 'quads', per: { x: 4, y: 4 } } },
  );
}
