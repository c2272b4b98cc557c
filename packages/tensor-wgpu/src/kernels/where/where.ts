import { ShapeError } from '../../errors.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { Tensor } from '../../tensor.ts';
import { broadcastAxes, inQuads } from '../broadcast/broadcast-axes.ts';
import { full } from '../elementwise/apply.ts';
import { broadcastShape } from '../elementwise/binary-broadcast.ts';
import type { Operand } from '../elementwise/elementwise.ts';
import { sumTo } from '../reduce/reduce.ts';
import wgsl from './where.wgsl';

type Element = 'f32' | 'vec4f';

const PARAMS = {
  first: 'u32',
  size: 'u32',
  d1: 'u32',
  d2: 'u32',
  d3: 'u32',
  c0: 'u32',
  c1: 'u32',
  c2: 'u32',
  c3: 'u32',
  l0: 'u32',
  l1: 'u32',
  l2: 'u32',
  l3: 'u32',
  r0: 'u32',
  r1: 'u32',
  r2: 'u32',
  r3: 'u32',
} as const;

const kernels = new Map<string, Kernel<'condition' | 'left' | 'right', 'y', keyof typeof PARAMS>>();

function kernelFor(condition: Element, left: Element, right: Element, y: Element) {
  const variant = `where ${condition} ${left} ${right} ${y}`;
  const known = kernels.get(variant);
  if (known) return known;
  const elements = Object.entries({ condition, left, right, y });
  const alias = elements.map(([id, type]) => `alias ${id}_element = ${type};\n`);
  const stored = `fn stored(value: vec4f) -> ${y} { return ${y === 'f32' ? 'value.x' : 'value'}; }\n`;
  const kernel = defineKernel({
    name: 'where',
    variant,
    wgsl: [...alias, stored, wgsl],
    reads: ['condition', 'left', 'right'],
    writes: ['y'],
    params: PARAMS,
    invocations: ({ size }) => size,
  });
  kernels.set(variant, kernel);
  return kernel;
}

/**
 * a where the condition is not 0, else b, with broadcasting; a and b may be numbers. The condition has no gradient.
 *
 * @param condition  f32, as `greater`, `less` and `equal` return it
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const [left, right] = [a, b].map((operand) => {
    if (operand instanceof Tensor) return operand;
    if (typeof operand === 'number') return full(condition.device, [], operand);
    throw new ShapeError(`where: ${operand}, expected a tensor or a number`);
  });
  const shape = broadcastShape('where', condition.shape, broadcastShape('where', left.shape, right.shape));
  const y = condition.device.empty(shape);
  choose(condition, left, right, y);
  return record(y, [left, right], [condition], (dy, [toA, toB]) => [
    toA ? sumTo(where(condition, dy, 0), left.shape) : null,
    toB ? sumTo(where(condition, 0, dy), right.shape) : null,
  ]);
}

function choose(condition: Tensor, left: Tensor, right: Tensor, y: Tensor): void {
  const axes = broadcastAxes('where', y.shape, [condition.shape, left.shape, right.shape]);
  const quads = inQuads(axes);
  const { lengths, strides } = quads ?? axes;
  const [, d1, d2, d3] = lengths;
  const [[c0, c1, c2, c3], [l0, l1, l2, l3], [r0, r1, r2, r3]] = strides;
  const flat = [condition, left, right].map(({ size }) => size === y.size);
  const each = quads ? 4 : 1;
  const elementOf = (stride: number): Element => (quads && stride > 0 ? 'vec4f' : 'f32');
  kernelFor(elementOf(c3), elementOf(l3), elementOf(r3), quads ? 'vec4f' : 'f32').dispatch(
    { condition, left, right, y },
    { first: 0, size: y.size / each, d1, d2, d3, c0, c1, c2, c3, l0, l1, l2, l3, r0, r1, r2, r3 },
    {
      constants: {
        FLAT_CONDITION: Number(flat[0]),
        FLAT_LEFT: Number(flat[1]),
        FLAT_RIGHT: Number(flat[2]),
      },
      slice: {
        param: 'size',
        start: 'first',
        per: {
          y: each,
          ...(flat[0] ? { condition: each } : {}),
          ...(flat[1] ? { left: each } : {}),
          ...(flat[2] ? { right: each } : {}),
        },
      },
    },
  );
}
