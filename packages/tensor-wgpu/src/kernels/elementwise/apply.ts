import { coreOf, type Device } from '../../device/device.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { type Shape, sameShape, type Tensor } from '../../tensor.ts';
import erf from '../../wgsl/erf.wgsl';
import tanhWgsl from '../../wgsl/tanh.wgsl';
import binaryWgsl from './binary.wgsl';
import { binaryBroadcast, broadcastShape } from './binary-broadcast.ts';
import { applyBinaryWgsl, type Binary, UNARY, type Unary } from './table.ts';
import unaryWgsl from './unary.wgsl';

type UnaryKernel = Kernel<'x' | 'dy', 'y', 'quads' | 'a' | 'b'>;
const unaryKernels = new Map<string, UnaryKernel>();

/** @param expressionOf  in `x: vec4f`, `dy: vec4f` and the parameters; called once for each function */
function unaryKernel(name: string, expressionOf: () => string): UnaryKernel {
  const known = unaryKernels.get(name);
  if (known) return known;
  const apply = `fn apply(x: vec4f, dy: vec4f) -> vec4f { return ${expressionOf()}; }\n`;
  const kernel = defineKernel({
    name: 'unary',
    variant: `unary ${name}`,
    wgsl: [apply, erf, tanhWgsl, unaryWgsl],
    reads: ['x', 'dy'],
    writes: ['y'],
    params: { quads: 'u32', a: 'f32', b: 'f32' },
    invocations: ({ quads }) => quads,
  });
  unaryKernels.set(name, kernel);
  return kernel;
}

type BinaryKernel = Kernel<'left' | 'right', 'y', 'quads' | 'period'>;
const binaryKernels = new Map<Binary, BinaryKernel>();

function binaryKernel(row: Binary): BinaryKernel {
  const known = binaryKernels.get(row);
  if (known) return known;
  const kernel = defineKernel({
    name: 'binary',
    variant: `binary ${row}`,
    wgsl: [applyBinaryWgsl(row), binaryWgsl],
    reads: ['left', 'right'],
    writes: ['y'],
    params: { quads: 'u32', period: 'u32' },
    invocations: ({ quads }) => quads,
  });
  binaryKernels.set(row, kernel);
  return kernel;
}

/** A row of the table applied to each element; a and b are the row's own parameters. */
export function applyUnary(row: Unary, x: Tensor, a = 0, b = 0): Tensor {
  const kernel = unaryKernel(row, () => UNARY[row].wgsl);
  const y = mapElements(kernel, x, x, a, b);
  return record(y, [x], [], (dy) => {
    const slope = unaryKernel(`slope of ${row}`, () => `dy * (${UNARY[row].derivative})`);
    return [mapElements(slope, x, dy, a, b)];
  });
}

function mapElements(kernel: UnaryKernel, x: Tensor, dy: Tensor, a: number, b: number): Tensor {
  const y = x.device.empty(x.shape);
  const per = { x: 4, dy: 4, y: 4 };
  kernel.dispatch({ x, dy, y }, { quads: Math.ceil(x.size / 4), a, b }, { slice: { param: 'quads', per } });
  return y;
}

/** A tensor of f32 that holds one value, 0 by default; made on the GPU, nothing is uploaded. */
export function full(device: Device, shape: Shape, value = 0): Tensor {
  const y = device.empty(shape);
  const nothing = coreOf(device).placeholder; // bound, but not used
  unaryKernel('full', () => 'vec4f(params.a)').dispatch(
    { x: nothing, dy: nothing, y },
    { quads: Math.ceil(y.size / 4), a: value, b: 0 },
    { slice: { param: 'quads', per: { y: 4 } } },
  );
  return y;
}

/** Zeros in the shape of x. */
export const zeros = (x: Tensor): Tensor => full(x.device, x.shape);

/** A row of the table applied to each pair of elements; axes of length 1, and missing leading ones, repeat. */
export function applyBinary(row: Binary, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShape(row, a.shape, b.shape);
  const y = a.device.empty(shape);
  const tail = b.shape.slice(b.shape.findIndex((length) => length !== 1));
  const repeats = sameShape(a.shape, shape) && b.size % 4 === 0 && sameShape(shape.slice(-tail.length), tail);
  if (sameShape(a.shape, b.shape) || repeats) {
    const whole = a.size === b.size;
    binaryKernel(row).dispatch(
      { left: a, right: b, y },
      { quads: Math.ceil(y.size / 4), period: Math.ceil(b.size / 4) },
      {
        slice: {
          param: 'quads',
          per: { left: 4, y: 4, ...(whole ? { right: 4 } : {}) },
          multiple: whole ? 1 : b.size / 4,
        },
      },
    );
  } else {
    binaryBroadcast(row, a, b, y);
  }
  return y;
}
