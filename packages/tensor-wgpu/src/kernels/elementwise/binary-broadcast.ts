import { ShapeError } from '../../errors.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import type { Shape, Tensor } from '../../tensor.ts';
import { broadcastAxes, inQuads } from '../broadcast/broadcast-axes.ts';
import wgsl from './binary-broadcast.wgsl';
import { applyBinaryWgsl, type Binary } from './table.ts';

type Element = 'f32' | 'vec4f';

const PARAMS = {
  first: 'u32',
  size: 'u32',
  d1: 'u32',
  d2: 'u32',
  d3: 'u32',
  l0: 'u32',
  l1: 'u32',
  l2: 'u32',
  l3: 'u32',
  r0: 'u32',
  r1: 'u32',
  r2: 'u32',
  r3: 'u32',
} as const;

const kernels = new Map<string, Kernel<'left' | 'right', 'y', keyof typeof PARAMS>>();

function kernelFor(row: Binary, left: Element, right: Element, y: Element) {
  const variant = `binary-broadcast ${row} ${left} ${right} ${y}`;
  const known = kernels.get(variant);
  if (known) return known;
  const alias = Object.entries({ left, right, y }).map(([id, type]) => `alias ${id}_element = ${type};\n`);
  const stored = `fn stored(value: vec4f) -> ${y} { return ${y === 'f32' ? 'value.x' : 'value'}; }\n`;
  const kernel = defineKernel({
    name: 'binary-broadcast',
    variant,
    wgsl: [applyBinaryWgsl(row), ...alias, stored, wgsl],
    reads: ['left', 'right'],
    writes: ['y'],
    params: PARAMS,
    invocations: ({ size }) => size,
  });
  kernels.set(variant, kernel);
  return kernel;
}

/** A row of the table applied where either tensor repeats. Operands as large as y are bound in ranges with it. */
export function binaryBroadcast(row: Binary, a: Tensor, b: Tensor, y: Tensor): void {
  const axes = broadcastAxes(row, y.shape, [a.shape, b.shape]);
  const quads = inQuads(axes);
  const { lengths, strides } = quads ?? axes;
  const [, d1, d2, d3] = lengths;
  const [[l0, l1, l2, l3], [r0, r1, r2, r3]] = strides;
  const [flatA, flatB] = [a, b].map(({ size }) => size === y.size);
  const each = quads ? 4 : 1;
  const elementOf = (stride: number): Element => (quads && stride > 0 ? 'vec4f' : 'f32');
  kernelFor(row, elementOf(l3), elementOf(r3), quads ? 'vec4f' : 'f32').dispatch(
    { left: a, right: b, y },
    { first: 0, size: y.size / each, d1, d2, d3, l0, l1, l2, l3, r0, r1, r2, r3 },
    {
      constants: { FLAT_LEFT: Number(flatA), FLAT_RIGHT: Number(flatB) },
      slice: {
        param: 'size',
        start: 'first',
        per: { y: each, ...(flatA ? { left: each } : {}), ...(flatB ? { right: each } : {}) },
      },
    },
  );
}

/** @throws ShapeError if two axes differ and neither is 1 */
export function broadcastShape(op: string, a: Shape, b: Shape): number[] {
  const axes = Math.max(a.length, b.length);
  return Array.from({ length: axes }, (_, axis) => {
    const m = a[a.length - axes + axis] ?? 1;
    const n = b[b.length - axes + axis] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(`${op}: [${a}] and [${b}] differ on axis ${axis}, where neither is 1`);
    }
    return Math.min(m, n) === 0 ? 0 : Math.max(m, n);
  });
}
